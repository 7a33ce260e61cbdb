//! A small model of a body: what a measurement is near, given conditions, sex, age and treatment so far.

use serde_json::Value;

use crate::{
    chart::Chart,
    conditions::Disease::{
        self, Asthma, AtrialFibrillation, Copd, Diabetes, HeartFailure, Hyperlipidemia, Hypertension,
        Nephropathy, Parkinson,
    },
    draw::Draw,
};

/// A body with its conditions. All values are integers in the smallest unit that is reported.
pub(crate) struct Body {
    conditions: Vec<(Disease, Value)>,
    female: bool,
    age: i64,
    /// Hectograms.
    weight: i64,
    /// How well treatment works, in percent of what it can.
    response: i64,
}

impl Body {
    pub(crate) fn new(chart: &Chart<'_>, conditions: Vec<(Disease, Value)>) -> Self {
        let mut draw = chart.draw("body");
        let female = chart.person.female;
        let height = draw.around(if female { 161 } else { 174 }, 16);
        let heavy = conditions.iter().any(|(disease, _)| *disease == Diabetes);
        let mass_index = draw.around(if heavy { 291 } else { 252 }, 60);
        Self {
            conditions,
            female,
            age: chart.age(),
            weight: height * height * mass_index / 10_000,
            response: draw.between(40, 100),
        }
    }

    /// The conditions and the references to them, in the order they were found.
    pub(crate) fn conditions(&self) -> &[(Disease, Value)] {
        &self.conditions
    }

    /// Systolic pressure, mmHg. `progress` is how far the two years have gone, in percent, here and below.
    pub(crate) fn systolic(&self, progress: i64, draw: &mut Draw) -> i64 {
        let base = 112 + (self.age - 40).clamp(0, 45) / 4 + self.add(Nephropathy, 6);
        draw.around(base + self.add(Hypertension, 26 - self.treated(16, progress)), 10)
    }

    /// Diastolic pressure, mmHg.
    pub(crate) fn diastolic(&self, progress: i64, draw: &mut Draw) -> i64 {
        draw.around(73 + self.add(Hypertension, 13 - self.treated(8, progress)), 7)
    }

    /// Heart beats a minute.
    pub(crate) fn heart_rate(&self, progress: i64, draw: &mut Draw) -> i64 {
        let fast = self.add(AtrialFibrillation, 18 - self.treated(8, progress)) + self.add(HeartFailure, 8);
        draw.around(70 + fast, 9)
    }

    /// Weight in hectograms: water with a failing heart, loss with a diabetes diet.
    pub(crate) fn weight(&self, progress: i64, draw: &mut Draw) -> i64 {
        let change =
            self.add(HeartFailure, 28 * progress / 100) - self.add(Diabetes, self.treated(45, progress));
        draw.around(self.weight + change, 9)
    }

    /// Oxygen saturation, percent.
    pub(crate) fn saturation(&self, progress: i64, draw: &mut Draw) -> i64 {
        let less = self.add(Copd, 4 + progress / 60) + self.add(HeartFailure, 2) + self.add(Asthma, 1);
        draw.around(98 - less, 2).min(100)
    }

    /// Temperature in tenths of a degree Celsius; now and then a fever.
    pub(crate) fn temperature(&self, _progress: i64, draw: &mut Draw) -> i64 {
        let fever = if draw.chance(3) { 17 } else { 0 };
        draw.around(365 + fever, 4)
    }

    /// Fasting glucose, mg/dL.
    pub(crate) fn glucose(&self, progress: i64, draw: &mut Draw) -> i64 {
        draw.around(91 + self.add(Diabetes, 72 - self.treated(42, progress)), 12)
    }

    /// HbA1c in tenths of a percent.
    pub(crate) fn hba1c(&self, progress: i64, draw: &mut Draw) -> i64 {
        draw.around(53 + self.add(Diabetes, 29 - self.treated(16, progress)), 3)
    }

    /// Creatinine in hundredths of mg/dL: rises where the kidneys fail.
    pub(crate) fn creatinine(&self, progress: i64, draw: &mut Draw) -> i64 {
        let base = if self.female { 74 } else { 91 };
        draw.around(base + self.add(Nephropathy, 68 + 30 * progress / 100), 9)
    }

    /// Potassium in tenths of mmol/L.
    pub(crate) fn potassium(&self, _progress: i64, draw: &mut Draw) -> i64 {
        draw.around(42 + self.add(Nephropathy, 5), 4)
    }

    /// Haemoglobin in tenths of g/dL.
    pub(crate) fn hemoglobin(&self, _progress: i64, draw: &mut Draw) -> i64 {
        let base = if self.female { 134 } else { 150 };
        draw.around(base - self.add(Nephropathy, 19), 8)
    }

    /// Total and HDL cholesterol and triglycerides, mg/dL.
    pub(crate) fn lipids(&self, progress: i64, draw: &mut Draw) -> [i64; 3] {
        let total = 182 + self.add(Hyperlipidemia, 68 - self.treated(60, progress));
        let hdl = if self.female { 58 } else { 50 } - self.add(Diabetes, 7);
        let triglycerides = 112 + self.add(Hyperlipidemia, 38) + self.add(Diabetes, 34);
        [draw.around(total, 16), draw.around(hdl, 7), draw.around(triglycerides, 28)]
    }

    /// Steps a day.
    pub(crate) fn steps(&self, draw: &mut Draw) -> i64 {
        let less = self.add(Copd, 1400) + self.add(HeartFailure, 1300) + self.add(Parkinson, 1200);
        draw.around((7200 - (self.age - 40).clamp(0, 45) * 80 - less).max(700), 600)
    }

    pub(crate) fn has(&self, disease: Disease) -> bool {
        self.conditions.iter().any(|(found, _)| *found == disease)
    }

    fn add(&self, disease: Disease, effect: i64) -> i64 {
        if self.has(disease) { effect } else { 0 }
    }

    /// The part of the best possible effect that treatment has had by now.
    fn treated(&self, best: i64, progress: i64) -> i64 {
        best * self.response * progress / 10_000
    }
}
