//! The charts' JavaScript module, loaded when the first chart is shown.
use super::browser;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, ResizeObserver};

/// What a series counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Percent.
    Percent,
    /// Bytes.
    Bytes,
}

/// A chart in an element; gone when dropped.
pub struct LineChart {
    chart: JsValue,
    observer: ResizeObserver,
    // Kept alive as long as the observer: the browser calls it.
    _resized: Closure<dyn FnMut()>,
}

impl LineChart {
    /// Draws into an element: series with their names, and how many seconds are shown.
    ///
    /// # Errors
    /// The browser's own error when the module cannot be loaded.
    pub async fn load(element: &HtmlElement, series: &[(String, Unit)], seconds: u32) -> Result<Self, JsValue> {
        let address = crate::boot::get().map_or("", |boot| boot.assets.chart.as_str());
        let module = browser::import(address).await?;
        let make: Function = get(&module, "lineChart")?.dyn_into()?;
        let chart = make.call2(&JsValue::NULL, element, &options(series, seconds)?)?;
        let drawn = chart.clone();
        let resized = Closure::<dyn FnMut()>::new(move || {
            let _ = call(&drawn, "resize", &Array::new());
        });
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref())?;
        observer.observe(element);
        Ok(Self {
            chart,
            observer,
            _resized: resized,
        })
    }

    /// Adds a point: seconds since 1970 and a value for each series.
    pub fn push(&self, seconds: f64, of: &[Option<f64>]) {
        let point = Array::of2(&JsValue::from_f64(seconds), &values(of));
        let _ = call(&self.chart, "push", &point);
    }
}

impl LineChart {
    /// Shows so many seconds of a past instead of what is shown: seconds since 1970, and for each series its values.
    pub fn show(&self, seconds: u32, times: &[f64], columns: &[Vec<Option<f64>>]) {
        let times: Array = times.iter().map(|at| JsValue::from_f64(*at)).collect();
        let columns: Array = columns.iter().map(|column| values(column)).collect();
        let _ = call(
            &self.chart,
            "show",
            &Array::of3(&JsValue::from_f64(f64::from(seconds)), &times, &columns),
        );
    }

    /// Says where the scale of the first series ends; 0 for as high as needed.
    pub fn limit(&self, top: f64) {
        let _ = call(&self.chart, "limit", &Array::of1(&JsValue::from_f64(top)));
    }
}

fn values(of: &[Option<f64>]) -> Array {
    let value = |one: &Option<f64>| one.map_or(JsValue::NULL, JsValue::from_f64);
    of.iter().map(value).collect()
}

impl Drop for LineChart {
    fn drop(&mut self) {
        self.observer.disconnect();
        let _ = call(&self.chart, "destroy", &Array::new());
    }
}

fn options(series: &[(String, Unit)], seconds: u32) -> Result<JsValue, JsValue> {
    let list = Array::new();
    for (label, unit) in series {
        let one = Object::new();
        set(&one, "label", &JsValue::from_str(label))?;
        let unit = match unit {
            Unit::Percent => "percent",
            Unit::Bytes => "bytes",
        };
        set(&one, "unit", &JsValue::from_str(unit))?;
        list.push(&one);
    }
    let options = Object::new();
    set(&options, "series", &list)?;
    set(&options, "window", &JsValue::from_f64(f64::from(seconds)))?;
    Ok(options.into())
}

fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &JsValue::from_str(name), value).map(|_| ())
}

fn call(object: &JsValue, method: &str, args: &Array) -> Result<JsValue, JsValue> {
    get(object, method)?.dyn_into::<Function>()?.apply(object, args)
}
