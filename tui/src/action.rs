//! The one registry of what an operator can do: keys, footer, help, palette and tests are all made from it.
//!
//! Holds names and defaults only; what an action does is in `update/act.rs`.

use crate::key::Context::{
    self, Account, Compose, Details, Dialog, Finder, Form, Keys, List, People, Thread, Told, Work,
};

/// Where an action stands in the help page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Move,
    Panes,
    Find,
    Talk,
    Ai,
    Lead,
    Team,
    Account,
    App,
    Answer,
}

impl Group {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Panes => "Panes",
            Self::Find => "Find",
            Self::Talk => "Talk",
            Self::Ai => "AI",
            Self::Lead => "Lead",
            Self::Team => "Team",
            Self::Account => "Account",
            Self::App => "App",
            Self::Answer => "In dialogs",
        }
    }
}

/// What an action risks, in the word the palette shows beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// Changes nothing that anybody else sees.
    None,
    /// Can be taken back.
    Undo,
    /// Asks before it does anything.
    Asks,
}

impl Risk {
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Undo => "undo",
            Self::Asks => "asks",
        }
    }
}

/// One line of the registry.
#[derive(Debug)]
pub struct Spec {
    pub action: Action,
    /// The word in `keys.toml`.
    pub id: &'static str,
    pub name: &'static str,
    pub help: &'static str,
    pub group: Group,
    pub risk: Risk,
    pub contexts: &'static [Context],
    /// Default keys, in the syntax of `keys.toml`.
    pub keys: &'static [&'static str],
    /// Short label for the footer; empty when it never stands there.
    pub hint: &'static str,
    /// Rank in the footer, the lowest first.
    pub rank: u8,
}

macro_rules! actions {
    ($($action:ident $id:literal $name:literal $help:literal $group:ident $risk:ident [$($context:ident)*] [$($key:literal)*] $hint:literal $rank:literal;)+) => {
        /// Something an operator can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($action,)+ }

        /// Every action, in the order of the help page.
        pub const ALL: &[Spec] = &[$(Spec {
            action: Action::$action, id: $id, name: $name, help: $help, group: Group::$group, risk: Risk::$risk,
            contexts: &[$($context,)*], keys: &[$($key,)*], hint: $hint, rank: $rank,
        },)+];
    };
}

actions! {
    Down "down" "Down" "One line down" Move None [List Thread Details People Keys Account Work] ["j" "down"] "move" 1;
    Up "up" "Up" "One line up" Move None [List Thread Details People Keys Account Work] ["k" "up"] "" 0;
    HalfDown "half-down" "Half a page down" "Half a page down" Move None [List Thread Details People Keys Account Work] ["ctrl-d" "pagedown"] "" 0;
    HalfUp "half-up" "Half a page up" "Half a page up" Move None [List Thread Details People Keys Account Work] ["ctrl-u" "pageup"] "" 0;
    Top "top" "To the top" "First lead, or the oldest loaded message" Move None [List Thread Details People Keys Account Work] ["g g" "home"] "" 0;
    Bottom "bottom" "To the end" "Last lead, or the newest message" Move None [List Thread Details People Keys Account Work] ["G" "end"] "newest" 9;
    NextNeedsMe "next-needs-me" "Next that needs me" "Jump to the customer who has waited longest for a person" Move None [List Thread Details People Keys Account Work] ["space"] "next !!" 4;

    Open "open" "Open the thread" "Read the selected lead's thread" Panes None [List] ["enter" "l" "right"] "open" 2;
    Back "back" "Back" "One step back; always safe" Panes None [List Thread Details People Keys Account Work] ["esc" "q" "h" "left"] "back" 12;
    FocusList "focus-list" "Leads" "Go to the list of leads" Panes None [List Thread Details] ["1"] "" 0;
    FocusThread "focus-thread" "Thread" "Go to the thread" Panes None [List Thread Details] ["2"] "" 0;
    FocusDetails "focus-details" "Details" "Show the lead's details" Panes None [List Thread Details] ["3"] "details" 13;
    NextPane "next-pane" "Next pane" "Go to the next pane" Panes None [List Thread Details People Keys Account Work] ["tab"] "" 0;
    PreviousPane "previous-pane" "Previous pane" "Go to the pane before" Panes None [List Thread Details People Keys Account Work] ["shift-tab"] "" 0;
    Zoom "zoom" "Zoom" "The focused pane alone, or all again" Panes None [List Thread Details] ["z"] "" 0;
    Narrower "narrower" "Narrower list" "Give the list less room" Panes None [List Thread Details] ["<"] "" 0;
    Wider "wider" "Wider list" "Give the list more room" Panes None [List Thread Details] [">"] "" 0;

    Filter "filter" "Filter leads" "Type to narrow the list; the server is asked too" Find None [List Thread Details] ["/"] "filter" 6;
    SwitchLead "switch-lead" "Switch lead" "Find a lead by name, phone or vehicle" Find None [List Thread Details Compose] ["ctrl-p"] "" 0;
    NextView "next-view" "Next view" "All, Needs me, Mine, AI, Opted out" Find None [List Thread Details People Keys Account Work] ["]"] "view" 10;
    PreviousView "previous-view" "Previous view" "The view before" Find None [List Thread Details People Keys Account Work] ["["] "" 0;

    Reply "reply" "Write a text" "Open the composer; nothing is sent yet" Talk None [List Thread Details] ["r" "i"] "reply" 3;
    Send "send" "Send the text" "Send what stands in the composer, after the undo time" Talk Undo [Compose] ["ctrl-s"] "send" 1;
    LeaveCompose "leave-composer" "Leave the composer" "The text is kept" Talk None [Compose] ["esc"] "keep and leave" 2;
    Recall "recall" "Undo the send" "Take back a text that is still held; it returns to the composer" Talk None [List Thread Details] ["u"] "undo send" 1;
    EditDraft "edit-draft" "Edit the AI's draft" "Put the newest draft into the composer" Talk None [List Thread Details] ["e"] "edit draft" 2;
    DiscardDraft "discard-draft" "Discard the AI's draft" "Throw the newest draft away" Talk Asks [List Thread Details] ["D"] "" 0;
    Resolve "resolve" "Settle an unknown delivery" "Say what became of a text whose outcome is unknown" Talk Asks [List Thread Details] ["x"] "settle" 2;
    Note "note" "Write a note" "A note for the team; the customer never sees it" Talk None [List Thread Details] ["n"] "note" 11;

    TakeOver "take-over" "Take over" "The AI stops writing to this customer and you have the floor" Ai Asks [List Thread Details] ["t"] "take over" 5;
    HandBack "hand-back" "Hand back to the AI" "The AI answers this customer again" Ai Asks [List Thread Details] ["T"] "hand back" 5;
    Pause "pause" "Pause" "Nobody answers this customer until somebody takes the floor" Ai Asks [List Thread Details] ["p"] "" 0;

    NewLead "new-lead" "New lead" "Enter a customer by hand" Lead None [List Thread Details] ["A"] "" 0;
    EditLead "edit-lead" "Edit the lead" "Name, status, vehicle" Lead None [List Thread Details] ["E"] "" 0;
    Assign "assign" "Assign" "Whose lead this is" Lead Undo [List Thread Details] ["a"] "" 0;
    OptOut "opt-out" "Record an opt-out" "The customer said: do not text me" Lead Asks [List Thread Details] ["O"] "" 0;
    CopyPhone "copy-phone" "Copy the phone number" "Into the clipboard of your terminal, over SSH too" Lead None [List Thread Details] ["y"] "" 0;

    Invite "invite" "Invite somebody" "Makes a link that lets one person in" Team None [People] ["A"] "invite" 2;
    ChangeRole "change-role" "Change the role" "What this member may do" Team None [People] ["E"] "role" 3;
    ShutOut "shut-out" "Shut out, or let in again" "Ends the sessions and keys of this member; can be taken back" Team Asks [People] ["x"] "shut out" 4;
    Remove "remove" "Remove from the team" "Take this member's place away, or revoke this invite" Team Asks [People] ["D"] "remove" 5;
    RequireTotp "require-totp" "Require a second factor" "Of everybody in the organization, or of nobody any more" Team Asks [People] ["F"] "require 2FA" 6;
    MakeKey "make-key" "New API key" "For a program that acts in your name" Team None [Keys] ["A"] "new key" 2;
    RevokeKey "revoke-key" "Revoke the API key" "The program that uses it is shut out at once" Team Asks [Keys] ["D"] "revoke" 3;
    TryAgain "try-again" "Try it again" "The given-up work runs again, as carefully as the first time" Team None [Work] ["r"] "try again" 2;
    LetGo "let-go" "Let it go" "The given-up work is never done; whoever waited for it is told" Team Asks [Work] ["x"] "let go" 3;
    ChangePassword "change-password" "Change the password" "Every other session of yours ends" Account None [Account] ["P"] "password" 2;
    SecondFactor "second-factor" "Second factor" "Set it up with an authenticator app, or remove it" Account None [Account] ["F"] "2FA" 3;
    RenewCodes "renew-codes" "New recovery codes" "The ones before are good for nothing then" Account None [Account] ["C"] "new codes" 5;
    EndSession "end-session" "End the session" "Whoever uses it is signed out" Account Asks [Account] ["D"] "end session" 4;
    EndOthers "end-others" "End all other sessions" "Only this one goes on" Account Asks [Account] ["X"] "end others" 6;
    CopyTold "copy-told" "Copy what is shown once" "Into the clipboard of your terminal, over SSH too" Answer None [Told] ["y"] "copy" 1;
    CloseTold "close-told" "Close what is shown once" "It is not shown again" Answer None [Told] ["esc" "q"] "close" 2;

    Palette "palette" "Command palette" "Every action, lead, view and organization in one box" App None [List Thread Details People Keys Account Work] ["ctrl-k" ":"] "palette" 7;
    Help "help" "Help" "Every key; type to search, and run what you found" App None [List Thread Details Compose People Keys Account Work] ["?" "f1"] "help" 14;
    Organization "organization" "Switch organization" "Go to another of your organizations" App None [List Thread Details People Keys Account Work] ["o"] "" 0;
    Settings "settings" "Settings" "Colours and undo time" App None [List Thread Details People Keys Account Work] [","] "" 0;
    Notices "notices" "Notices" "What was said at the bottom of the screen lately" App None [List Thread Details People Keys Account Work] ["N"] "" 0;
    Alarms "alarms" "Alarms" "What is wrong with the desk, and what to do" App None [List Thread Details People Keys Account Work] ["g a"] "" 0;
    People "people" "People" "Members and open invites; who may what" App None [List Thread Details People Keys Account Work] ["g p"] "" 0;
    ApiKeys "api-keys" "API keys" "Keys of other programs; for admins" App None [List Thread Details People Keys Account Work] ["g k"] "" 0;
    Work "work" "Given-up work" "What failed until it was given up: try it again, or let it go" App None [List Thread Details People Keys Account Work] ["g w"] "" 0;
    Account "account" "My account" "Your password, second factor and sessions" App None [List Thread Details People Keys Account Work] ["g m"] "" 0;
    Audit "audit" "Audit log" "Who did or read what, and from where; for admins" App None [List Thread Details People Keys Account Work] ["L"] "" 0;
    Reconnect "reconnect" "Retry now" "Connect again at once and fetch everything anew" App None [List Thread Details People Keys Account Work] ["R"] "" 0;
    HideText "hide" "Hide customers" "Cover names, numbers and texts while you share the screen" App None [List Thread Details Compose People Keys Account Work] ["ctrl-l"] "" 0;
    SignOut "sign-out" "Sign out" "End this session on this computer" App Asks [] [] "" 0;
    Suspend "suspend" "Suspend" "Back to the shell; `fg` returns" App None [List Thread Details Compose People Keys Account Work] ["ctrl-z"] "" 0;
    Quit "quit" "Quit" "Press twice; what you wrote is kept" App None [List Thread Details Compose Form Finder Dialog People Keys Account Work Told] ["ctrl-c"] "" 0;

    Yes "yes" "Do it" "Confirm the question" Answer None [Dialog] ["y"] "do it" 1;
    No "no" "Cancel" "Close without doing anything" Answer None [Dialog Form Finder] ["esc" "n"] "cancel" 2;
    Press "press" "Press the button" "Press the focused button, at first Cancel; run the found line" Answer None [Dialog Finder] ["enter"] "run" 1;
    NextField "next-field" "Next" "Next field, button or line" Answer None [Dialog Form Finder] ["tab" "down"] "next" 3;
    PreviousField "previous-field" "Before" "Field, button or line before" Answer None [Dialog Form Finder] ["shift-tab" "up"] "" 0;
    ChoiceBefore "choice-before" "Choice before" "The choice before" Answer None [Dialog] ["left" "k"] "" 0;
    ChoiceAfter "choice-after" "Next choice" "The next choice" Answer None [Dialog] ["right" "j"] "choose" 4;
    Submit "submit" "Next or save" "The next field; from the last one save, or sign in" Answer None [Form] ["enter"] "next" 1;
    Save "save" "Save" "Save the form, whichever field you are in" Answer None [Form] ["ctrl-s"] "save" 2;
    NextPage "next-page" "Page down" "A page further down a list" Answer None [Dialog Finder] ["pagedown"] "" 0;
    PreviousPage "previous-page" "Page up" "A page back up a list" Answer None [Dialog Finder] ["pageup"] "" 0;
}

impl Action {
    pub const fn spec(self) -> &'static Spec {
        &ALL[self as usize]
    }

    pub fn named(id: &str) -> Option<Self> {
        ALL.iter().find(|spec| spec.id == id).map(|spec| spec.action)
    }
}
