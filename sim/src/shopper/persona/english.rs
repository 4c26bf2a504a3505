//! Ordinary shoppers, in English.

use super::{
    Line::{Burst, Leaves, Reacts, Says},
    Manner::{Careful, Hasty, Sloppy},
    Persona,
};

pub(super) static PERSONAS: &[Persona] = &[
    Persona {
        name: "Dana Whitlock",
        vehicle: "2021 Tacoma",
        manner: Hasty,
        spanish: false,
        lines: &[
            Says("Hey is the {v} still available?"),
            Reacts,
            Says("Whats the mileage on it"),
            Says("ok can I come by after work thursday"),
        ],
    },
    Persona {
        name: "Marcus Oyelaran",
        vehicle: "2019 Accord",
        manner: Careful,
        spanish: false,
        lines: &[
            Says("Good morning. I saw the {v} on your website. Is the price listed before or after fees?"),
            Says("I understand. What would the out the door look like?"),
            Says("Could you have someone email me the breakdown?"),
            Leaves("Thank you, that's all I need for now."),
        ],
    },
    Persona {
        name: "Tiff Brannigan",
        vehicle: "2018 Escape",
        manner: Sloppy,
        spanish: false,
        lines: &[
            Burst(&["hi", "i need a car asap", "mine died on the highway yesterday"]),
            Says("something like a {v}, nothing fancy just needs to be running"),
            Reacts,
            Says("i dont have a ride can someone pick me up"),
        ],
    },
    Persona {
        name: "Leonard Quist",
        vehicle: "2020 F-150",
        manner: Careful,
        spanish: false,
        lines: &[
            Says(
                "This is {name}. I have the {canary} card from the county fair booth. Does it apply to the {v}?",
            ),
            Says("Does the {v} have the 3.5 or the 5.0?"),
            Reacts,
            Says("I'd like to drive it with my boat trailer. Can that be arranged?"),
        ],
    },
    Persona {
        name: "Keisha Ambrose",
        vehicle: "2022 Rogue",
        manner: Hasty,
        spanish: false,
        lines: &[
            Says("my credit is around 560 can you still help me get into a {v}"),
            Says("i make 3400 a month at the hospital, two years there"),
            Says("how much would i need down"),
            Reacts,
        ],
    },
    Persona {
        name: "Wyatt Pemberly",
        vehicle: "2017 Wrangler",
        manner: Sloppy,
        spanish: false,
        lines: &[
            Says("yo u got any wranglers left, saw a {v} on marketplace"),
            Says("is it lifted"),
            Burst(&["whats the lowest", "like cash", "today"]),
            Says("bet. u open sunday?"),
        ],
    },
    Persona {
        name: "Priya Ramanathan",
        vehicle: "2023 Camry Hybrid",
        manner: Careful,
        spanish: false,
        lines: &[
            Says(
                "Hello, I'm comparing the {v} at three stores. What can you tell me about the battery warranty?",
            ),
            Says("And the trade value of a 2015 Corolla with 91,000 miles, one owner?"),
            Reacts,
            Says("Is there an appointment on Saturday morning before 10?"),
        ],
    },
    Persona {
        name: "Gus Halvorsen",
        vehicle: "2016 Sierra 2500",
        manner: Hasty,
        spanish: false,
        lines: &[
            Says("got a flyer said {canary} on it, worth anything?"),
            Says("looking at the {v} diesel. any rust underneath"),
            Says("ill be in town friday, need about an hour"),
        ],
    },
    Persona {
        name: "Amara Nwosu-Bell",
        vehicle: "2021 Pacifica",
        manner: Careful,
        spanish: false,
        lines: &[
            Says("Hi! Third baby on the way so we need a van. Is the {v} certified?"),
            Burst(&["Does it have the vacuum?", "And do the second row seats fold flat?"]),
            Reacts,
            Says("My husband works nights. Could we come at 2pm on a weekday?"),
        ],
    },
    Persona {
        name: "Deshawn Kettering",
        vehicle: "2020 Charger",
        manner: Sloppy,
        spanish: false,
        lines: &[
            Says("how much for the {v} scat pack"),
            Says("nah i mean monthly with 2k down"),
            Says("my cousin can cosign if that helps"),
            Says("ok can i test drive tomorrow"),
        ],
    },
    Persona {
        name: "Ruth Sandoval-Pike",
        vehicle: "2019 Subaru Outback",
        manner: Careful,
        spanish: false,
        lines: &[
            Says("Hello, my name is {name}. I am 74 and do not like to haggle. Is the {v} still for sale?"),
            Says("Is there someone I can speak with in person? I find texting tiresome."),
            Leaves("I will wait for the call then. Thank you."),
        ],
    },
    Persona {
        name: "Cody Marchetti",
        vehicle: "2015 Mustang",
        manner: Sloppy,
        spanish: false,
        lines: &[
            Burst(&["the mustang", "the red one", "{v}"]),
            Says("is it a manual"),
            Says("what would u give me for my 09 altima it has a salvage title"),
            Reacts,
        ],
    },
];
