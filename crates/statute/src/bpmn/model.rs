//! What is drawn: lanes, elements, flows, notes and partners, before anything has a place.
//!
//! INVARIANT: `from`, `to`, `host` and `of` are places in `nodes`; `lane` is a place in `lanes`.

/// The whole drawing.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub id: String,
    pub title: String,
    /// About the edition: written beside the process.
    pub doc: String,
    pub lanes: Vec<Lane>,
    pub nodes: Vec<Node>,
    pub flows: Vec<Flow>,
    pub notes: Vec<Note>,
    pub partners: Vec<Lane>,
    pub messages: Vec<Message>,
}

/// A seat, or a partner office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub id: String,
    pub title: String,
}

#[derive(Debug)]
pub(super) struct Node {
    pub id: String,
    pub name: String,
    pub kind: NodeKind,
    pub lane: usize,
    pub doc: String,
    /// Names of the law file, as attributes of our own.
    pub about: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NodeKind {
    Start {
        message: bool,
    },
    End,
    /// A task of a person, or of the clock.
    Task {
        system: bool,
    },
    Exclusive,
    Parallel,
    Throw,
    Timer(Timer),
}

/// A limit on the edge of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timer {
    pub host: usize,
    /// Its end is an act that takes the matter out of the stage.
    pub interrupting: bool,
    /// ISO 8601; empty when the place is not known or has set none.
    pub duration: String,
    pub unit: &'static str,
    pub amount: Option<u32>,
    pub rate: Option<String>,
}

#[derive(Debug)]
pub(super) struct Flow {
    pub from: usize,
    pub to: usize,
    pub name: String,
}

#[derive(Debug)]
pub(super) struct Note {
    pub of: usize,
    pub text: String,
}

#[derive(Debug)]
pub(super) struct Message {
    pub from: usize,
    pub partner: usize,
}

impl Node {
    /// The task whose edge a timer stands on.
    pub(super) const fn host(&self) -> Option<usize> {
        match &self.kind {
            NodeKind::Timer(timer) => Some(timer.host),
            _ => None,
        }
    }
}

impl Model {
    pub(super) fn node(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// The timers on the edge of a task, in order.
    pub(super) fn timers(&self, host: usize) -> impl Iterator<Item = usize> + '_ {
        let stands = move |node: &Node| node.host() == Some(host);
        self.nodes.iter().enumerate().filter(move |(_, node)| stands(node)).map(|(at, _)| at)
    }

    /// The element that only says that a timer ran out.
    pub(super) fn alarm_of(&self, timer: usize) -> Option<usize> {
        let flow = self.flows.iter().find(|flow| flow.from == timer)?;
        self.nodes.get(flow.to).filter(|node| node.id.starts_with("alarm_")).map(|_| flow.to)
    }

    /// Whether an element hangs below a task and takes no column of its own.
    pub(super) fn hangs(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|node| node.host().is_some() || node.id.starts_with("alarm_"))
    }
}
