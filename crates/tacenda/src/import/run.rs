//! An import, from its files to its summary.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use anyhow::Result;
use futures::{StreamExt, stream};

use super::{
    bundle_file,
    failure::{Failure, Problem},
    files,
    ndjson::{self, DirectoryIds, Set},
    progress::Progress,
    submission::{Submission, in_terms_of},
    summary::ImportSummary,
    target::{PostError, Posted, Target},
};

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Files, and folders of files.
    pub paths: Vec<PathBuf>,
    /// How many transactions are under way at the same time.
    pub at_once: usize,
}

impl ImportOptions {
    /// Imports these files and folders, two transactions at a time.
    #[must_use]
    pub const fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths, at_once: 2 }
    }
}

/// Makes a submission when its turn comes: not every bundle is in memory at once.
pub(super) type Job = Box<dyn FnOnce() -> Result<Submission, Failure> + Send>;

/// Imports bundles and NDJSON. A bundle that fails stops no other.
///
/// # Errors
/// Where there is nothing to import. What fails of the rest is in the summary.
pub async fn import(options: &ImportOptions, target: &Target) -> Result<ImportSummary> {
    let begun = Instant::now();
    let files = files::find(&options.paths)?;
    let mut run = Run::new(target.clone(), options.at_once.max(1));
    run.all(bundle_file::jobs(files.bundles)).await;
    if !files.lines.is_empty() {
        let (set, unread) = tokio::task::spawn_blocking(move || Set::read(files.lines)).await??;
        run.summary.failed.extend(unread);
        run.set(Arc::new(set)).await?;
    }
    run.progress.end();
    Ok(ImportSummary { elapsed: begun.elapsed(), ..run.summary })
}

struct Run {
    target: Target,
    at_once: usize,
    /// Set once the token was refused: nothing else would be done with it either.
    stopped: Arc<AtomicBool>,
    progress: Progress,
    summary: ImportSummary,
}

/// What became of one job.
enum Finished {
    Posted(Posted),
    Failed(Failure),
    Token,
    NotSent,
}

impl Run {
    fn new(target: Target, at_once: usize) -> Self {
        let (progress, summary) = (Progress::new(), ImportSummary::default());
        Self { target, at_once, stopped: Arc::default(), progress, summary }
    }

    /// An NDJSON set: its directory first, because patients refer to it by the ids it gets.
    async fn set(&mut self, set: Arc<Set>) -> Result<()> {
        let directory = match set.directory() {
            None => DirectoryIds::default(),
            Some(directory) => match self.directory(directory, &set).await? {
                Some(ids) => ids,
                None => {
                    let why = "the directory they refer to was not imported".to_owned();
                    self.summary.not_sent.push((set.groups(), why));
                    return Ok(());
                }
            },
        };
        self.all(ndjson::jobs(&set, Arc::new(directory))).await;
        Ok(())
    }

    /// The ids of a set's directory: of this run, or as an earlier one noted them.
    async fn directory(&mut self, directory: Submission, set: &Set) -> Result<Option<DirectoryIds>> {
        let file = ndjson::IdsFile::of(set.folder(), &self.target.base(), &directory.key);
        if let Some(ids) = file.read()? {
            self.summary.already_there += 1;
            return Ok(Some(ids));
        }
        let pending = file.begin()?;
        self.progress.expect(1);
        let finished = one(self.target.clone(), Box::new(move || Ok(directory)), Arc::clone(&self.stopped)).await;
        self.progress.one();
        let ids = match &finished {
            Finished::Posted(Posted::Done(ids)) => {
                let ids = set.directory_ids(ids);
                pending.finish(&ids)?;
                Some(ids)
            }
            Finished::Posted(Posted::Repeated) => return Err(pending.lost()),
            Finished::Failed(_) | Finished::Token | Finished::NotSent => {
                pending.abandon();
                None
            }
        };
        self.take(finished);
        Ok(ids)
    }

    async fn all(&mut self, jobs: Vec<Job>) {
        self.progress.expect(jobs.len());
        let (target, stopped) = (self.target.clone(), Arc::clone(&self.stopped));
        let finished = stream::iter(jobs)
            .map(|job| one(target.clone(), job, Arc::clone(&stopped)))
            .buffer_unordered(self.at_once);
        let mut finished = std::pin::pin!(finished);
        while let Some(finished) = finished.next().await {
            self.progress.one();
            self.take(finished);
        }
    }

    fn take(&mut self, finished: Finished) {
        match finished {
            Finished::Posted(Posted::Done(ids)) => {
                self.summary.done += 1;
                self.summary.resources += ids.len();
            }
            Finished::Posted(Posted::Repeated) => self.summary.already_there += 1,
            Finished::Failed(failure) => self.summary.failed.push(failure),
            Finished::Token | Finished::NotSent => match self.summary.not_sent.first_mut() {
                Some((count, _)) => *count += 1,
                None => self.summary.not_sent.push((1, TOKEN.to_owned())),
            },
        }
    }
}

const TOKEN: &str = "the access token was refused: tokens last 5 minutes. Get another (`tacenda demo token application \
                     --data <folder>`, or from the server's token endpoint) and run this again: what is there already \
                     is not added twice";

/// Does one job, as a task of its own, so that jobs under way use every core.
async fn one(target: Target, job: Job, stopped: Arc<AtomicBool>) -> Finished {
    let task = tokio::spawn(async move {
        if stopped.load(Ordering::Relaxed) {
            return Finished::NotSent;
        }
        let submission = match tokio::task::spawn_blocking(job).await {
            Ok(Ok(submission)) => submission,
            Ok(Err(failure)) => return Finished::Failed(failure),
            Err(_) => return Finished::Failed(given_up("a file")),
        };
        let Submission { name, key, bytes, origins } = submission;
        match target.post_transaction(&bytes, &key).await {
            Ok(posted) => Finished::Posted(posted),
            Err(PostError::Token) => {
                stopped.store(true, Ordering::Relaxed);
                Finished::Token
            }
            Err(PostError::Unavailable(why)) => Finished::Failed(Failure::new(name, Problem::new(why))),
            Err(PostError::Refused(problems)) => {
                let problems = problems.into_iter().map(|problem| in_terms_of(&origins, problem)).collect();
                Finished::Failed(Failure { name, problems })
            }
        }
    });
    task.await.unwrap_or_else(|_| Finished::Failed(given_up("a bundle")))
}

fn given_up(what: &str) -> Failure {
    Failure::new(what, Problem::new("was given up, because of a defect of this program; run this again"))
}
