//! An import, from its files to its summary.

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::Result;
use futures::{StreamExt, stream};

use super::{
    brake::{self, Brake},
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
    /// Imports these files and folders, eight transactions at a time: while some wait for a disk, others keep the processors busy.
    #[must_use]
    pub const fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths, at_once: 8 }
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
    if !files.lines.is_empty()
        && let Err(error) = run.lines(files.lines).await
    {
        run.summary.failed.push(Failure::new("NDJSON", Problem::new(format!("{error:#}"))));
    }
    run.progress.end();
    run.summary.failed.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(ImportSummary { elapsed: begun.elapsed(), ..run.summary })
}

struct Run {
    target: Target,
    at_once: usize,
    brake: Arc<Brake>,
    progress: Progress,
    summary: ImportSummary,
}

/// What became of one job.
enum Finished {
    Posted(Posted),
    Failed(Failure),
    NotSent(&'static str),
}

impl Run {
    fn new(target: Target, at_once: usize) -> Self {
        let (progress, summary) = (Progress::new(), ImportSummary::default());
        Self { target, at_once, brake: Arc::default(), progress, summary }
    }

    /// An NDJSON set: its directory first, because patients refer to it by the ids it gets.
    async fn lines(&mut self, files: Vec<PathBuf>) -> Result<()> {
        let (set, unread) = tokio::task::spawn_blocking(move || Set::read(files)).await??;
        self.summary.failed.extend(unread);
        let set = Arc::new(set);
        let directory = match set.directory() {
            None => DirectoryIds::default(),
            Some(directory) => match self.directory(directory, &set).await? {
                Some(ids) => ids,
                None => {
                    self.not_sent(set.groups(), "the directory they refer to was not imported");
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
        let finished =
            one(self.target.clone(), Box::new(move || Ok(directory)), Arc::clone(&self.brake)).await;
        self.progress.one();
        let ids = match &finished {
            Finished::Posted(Posted::Done(ids)) => {
                let ids = set.directory_ids(ids);
                pending.finish(&ids)?;
                Some(ids)
            }
            Finished::Posted(Posted::Repeated) => return Err(pending.lost()),
            Finished::Failed(_) | Finished::NotSent(_) => {
                pending.abandon();
                None
            }
        };
        self.take(finished);
        Ok(ids)
    }

    async fn all(&mut self, jobs: Vec<Job>) {
        self.progress.expect(jobs.len());
        let (target, brake) = (self.target.clone(), Arc::clone(&self.brake));
        let finished = stream::iter(jobs)
            .map(|job| one(target.clone(), job, Arc::clone(&brake)))
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
            Finished::NotSent(why) => self.not_sent(1, why),
        }
    }

    fn not_sent(&mut self, more: usize, why: &'static str) {
        match self.summary.not_sent.iter_mut().find(|(_, known)| *known == why) {
            Some((count, _)) => *count += more,
            None => self.summary.not_sent.push((more, why)),
        }
    }
}

/// Does one job, as a task of its own, so that jobs under way use every core.
async fn one(target: Target, job: Job, brake: Arc<Brake>) -> Finished {
    let task = tokio::spawn(async move {
        if let Some(why) = brake.reason() {
            return Finished::NotSent(why);
        }
        let submission = match tokio::task::spawn_blocking(job).await {
            Ok(Ok(submission)) => submission,
            Ok(Err(failure)) => return Finished::Failed(failure),
            Err(_) => return Finished::Failed(given_up("a file")),
        };
        let posted = target.post_transaction(&submission.bytes, &submission.key).await;
        brake.feel(&posted);
        finished(submission, posted)
    });
    task.await.unwrap_or_else(|_| Finished::Failed(given_up("a bundle")))
}

fn finished(submission: Submission, posted: Result<Posted, PostError>) -> Finished {
    let Submission { name, origins, .. } = submission;
    match posted {
        Ok(posted) => Finished::Posted(posted),
        Err(PostError::Token) => Finished::NotSent(brake::TOKEN),
        Err(PostError::Unavailable(why) | PostError::Unreachable(why)) => {
            Finished::Failed(Failure::new(name, Problem::new(why)))
        }
        Err(PostError::Refused(problems)) => {
            let problems = problems.into_iter().map(|problem| in_terms_of(&origins, problem)).collect();
            Finished::Failed(Failure { name, problems })
        }
    }
}

fn given_up(what: &str) -> Failure {
    Failure::new(what, Problem::new("was given up, because of a defect of this program; run this again"))
}
