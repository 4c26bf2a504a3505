//! Shoppers who write Spanish, or both.

use super::{
    Line::{Burst, Keyword, Leaves, Reacts, Says},
    Manner::{Careful, Hasty, Sloppy},
    Persona,
};

pub(super) static PERSONAS: &[Persona] = &[
    Persona {
        name: "Marisol Quintanar",
        vehicle: "2019 Corolla",
        manner: Careful,
        spanish: true,
        lines: &[
            Says("Hola, ¿todavía tienen el {v}? Me interesa."),
            Says("¿Cuánto sería el enganche si trabajo por mi cuenta?"),
            Reacts,
            Says("¿Puedo ir el sábado con mi esposo?"),
        ],
    },
    Persona {
        name: "Eusebio Tarango",
        vehicle: "2016 Silverado",
        manner: Sloppy,
        spanish: true,
        lines: &[
            Burst(&["buenas", "busco una troca", "como la {v} que esta en su pagina"]),
            Says("no tengo credito solo itin, se puede?"),
            Says("ok quiero verla mañana en la tarde"),
        ],
    },
    Persona {
        name: "Xiomara Belmonte",
        vehicle: "2020 Sentra",
        manner: Hasty,
        spanish: true,
        lines: &[
            Says("hola vi el anuncio {canary} del {v}, esta disponible?"),
            Says("prefiero hablar con alguien en español por favor"),
            Leaves("gracias, espero la llamada"),
        ],
    },
    Persona {
        name: "Fermín Olivárez",
        vehicle: "2018 Frontier",
        manner: Hasty,
        spanish: true,
        lines: &[
            Says("Hola is the {v} still available? mi english no es muy good"),
            Says("¿eres un robot o una persona?"),
            Reacts,
        ],
    },
    Persona {
        name: "Araceli Montejano",
        vehicle: "2021 Equinox",
        manner: Careful,
        spanish: true,
        lines: &[
            Says("Buenas tardes, ¿aceptan mi carro a cambio por la {v}? Es un Jetta 2014."),
            Reacts,
            Keyword("STOP"),
        ],
    },
];
