//! Tickets about an installation and the messages on them.

use serde_json::{Value, json};

use crate::{
    chart::{Chart, instant},
    coding::{TICKET_CATEGORY, concept},
    draw::Draw,
    home::{Installation, State},
};

/// What a ticket asks for.
#[derive(Clone, Copy)]
enum Category {
    Installation,
    Maintenance,
    Removal,
}

struct Ticket {
    category: Category,
    status: &'static str,
    /// Days before the last day on which it was opened, and last changed.
    opened: i64,
    changed: i64,
}

/// Adds the tickets an installation in this state has had, each with a message or two.
pub(crate) fn write(chart: &mut Chart<'_>, installation: &Installation) {
    let mut draw = chart.draw("tickets");
    for ticket in tickets(installation, &mut draw) {
        let task = task(chart, installation, &ticket, &mut draw);
        let task = chart.bundle.add(task);
        for days in (ticket.changed..=ticket.opened).step_by(4).take(1 + usize::from(draw.chance(40))) {
            let message = message(chart, &task, &ticket, days, &mut draw);
            chart.bundle.add(message);
        }
    }
}

fn tickets(installation: &Installation, draw: &mut Draw) -> Vec<Ticket> {
    let ordered = installation.ordered;
    let ticket = |category, status, opened, changed| Ticket { category, status, opened, changed };
    let installed = ticket(Category::Installation, "completed", ordered, ordered - draw.between(4, 15));
    match installation.state {
        State::ToInstall => {
            let status = draw.pick(&["requested", "accepted"]);
            vec![ticket(Category::Installation, status, ordered, ordered / 2)]
        }
        State::Running if draw.chance(50) => vec![installed],
        State::Running => vec![installed, ticket(Category::Maintenance, "completed", 40, 34)],
        State::Maintenance => vec![installed, ticket(Category::Maintenance, "in-progress", 9, 2)],
        State::Removing => vec![installed, ticket(Category::Removal, "in-progress", 8, 3)],
        State::Inactive => vec![installed, ticket(Category::Removal, "completed", 30, 22)],
    }
}

fn task(chart: &Chart<'_>, installation: &Installation, ticket: &Ticket, draw: &mut Draw) -> Value {
    let (code, display) = match ticket.category {
        Category::Installation => ("installation", "Installation"),
        Category::Maintenance => ("maintenance", "Maintenance"),
        Category::Removal => ("removal", "Removal"),
    };
    let opened = instant(chart.days_ago(ticket.opened), 9 * 60 + draw.between(0, 400));
    let changed = instant(chart.days_ago(ticket.changed), 17 * 60 + draw.between(0, 100));
    let mut task = json!({
        "resourceType": "Task",
        "identifier": [{
            "system": "https://example.org/fhir/ticket",
            "value": format!("T-{}", draw.digits(7)),
        }],
        "status": ticket.status,
        "intent": "order",
        "priority": if draw.chance(15) { "urgent" } else { "routine" },
        "code": concept(TICKET_CATEGORY, code, display),
        "description": description(chart, ticket.category),
        "focus": installation.device,
        "for": chart.subject,
        "authoredOn": opened,
        "lastModified": changed,
        "requester": chart.physician,
        "owner": chart.technician,
    });
    if ticket.status == "completed" {
        task["executionPeriod"] = json!({ "start": opened, "end": changed });
    }
    task
}

fn description(chart: &Chart<'_>, category: Category) -> &'static str {
    match category {
        Category::Installation => chart.say(
            "Install hub and sensors; ask about the dwelling and fill in the form.",
            "Installare centralina e sensori; raccogliere i dati dell'abitazione.",
        ),
        Category::Maintenance => chart.say(
            "The hallway sensor has sent nothing since Monday. Check battery and signal.",
            "Il sensore del corridoio non trasmette da lunedì. Controllare batteria e segnale.",
        ),
        Category::Removal => chart.say(
            "The monitoring period is over. Collect all devices and close the installation.",
            "Il periodo di monitoraggio è finito. Ritirare i dispositivi e chiudere l'installazione.",
        ),
    }
}

fn message(chart: &Chart<'_>, task: &Value, ticket: &Ticket, days: i64, draw: &mut Draw) -> Value {
    let done = ticket.status == "completed" && days == ticket.changed;
    let (english, italian) = *draw.pick(if done { outcomes(ticket.category) } else { &ARRANGEMENTS });
    json!({
        "resourceType": "Communication",
        "status": "completed",
        "category": [concept("urn:tacenda:communication-category", "ticket-message", "Ticket message")],
        "subject": chart.subject,
        "about": [task],
        "sent": instant(chart.days_ago(days), 11 * 60 + draw.between(0, 300)),
        "recipient": [chart.home_service],
        "sender": chart.technician,
        "payload": [{ "contentString": chart.say(english, italian) }],
    })
}

/// Said on the way.
const ARRANGEMENTS: [(&str, &str); 4] = [
    (
        "Called; a visit is agreed for Thursday at three.",
        "Telefonato; visita fissata per giovedì alle quindici.",
    ),
    ("No answer on the telephone, I try again tomorrow.", "Al telefono non risponde, riprovo domani."),
    ("Spare parts are ordered and arrive within the week.", "Ricambi ordinati, arrivano entro la settimana."),
    (
        "Neighbours have a key; ring at the second door.",
        "I vicini hanno una chiave; suonare alla seconda porta.",
    ),
];

/// Said when it is done.
const fn outcomes(category: Category) -> &'static [(&'static str, &'static str)] {
    match category {
        Category::Installation => &[
            (
                "Hub and five sensors are in place, all of them answer.",
                "Centralina e cinque sensori installati, rispondono tutti.",
            ),
            (
                "Installed; the signal in the kitchen is weak but enough.",
                "Installato; in cucina il segnale è debole ma sufficiente.",
            ),
        ],
        Category::Maintenance => &[
            (
                "Battery replaced, the sensor sends again.",
                "Batteria sostituita, il sensore trasmette di nuovo.",
            ),
            (
                "The router was unplugged by visitors; plugged in and labelled.",
                "Il router era stato staccato da ospiti; ricollegato ed etichettato.",
            ),
        ],
        Category::Removal => &[
            ("Everything collected, no damage to the walls.", "Ritirato tutto, nessun danno alle pareti."),
            ("Hub and sensors are back in the workshop.", "Centralina e sensori di nuovo in officina."),
        ],
    }
}
