//! ONNX Runtime and the models, opened from the native folder.

use std::path::Path;
use std::sync::OnceLock;

use ort::environment::Environment;
use ort::ep;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;

use super::model;
use crate::engine::EngineError;

/// The runtime allows one environment a process and ends with its last user; this keeps it.
static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();

/// Opens a model. One thread and no memory patterns: each line has its own width, and a plan kept for each width would only
/// grow. The runtime's own arena is a tenth faster than the system's allocator here and keeps a third less memory.
pub fn open(native: &Path, model: &[u8], name: &'static str) -> Result<Session, EngineError> {
    let environment = environment(native)?;
    let build = || -> ort::Result<Session> {
        Session::builder(environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_memory_pattern(false)?
            .with_execution_providers([ep::CPU::default().with_arena_allocator(true).build()])?
            .commit_from_memory(model)
    };
    build().map_err(|e| EngineError::Model { name, reason: e.to_string() })
}

/// Opens a recogniser with the classes of our scripts only, and gives their names in order: the CTC blank, the characters from
/// the model's own metadata, the space. A model of an unexpected form keeps all of its classes.
pub fn open_recogniser(native: &Path, file: &[u8], name: &'static str) -> Result<(Session, Vec<String>), EngineError> {
    let listed = model::metadata(file, "character");
    let listed = listed.ok_or_else(|| EngineError::Model { name, reason: "it names no characters".into() })?;
    let blank = std::iter::once(String::new());
    let all: Vec<String> = blank.chain(listed.lines().map(str::to_owned)).chain(std::iter::once(" ".to_owned())).collect();
    let kept: Vec<usize> = (0..all.len()).filter(|i| model::is_kept(&all[*i])).collect();
    match model::with_classes(file, all.len(), &kept) {
        Some(smaller) => Ok((open(native, &smaller, name)?, kept.into_iter().map(|i| all[i].clone()).collect())),
        None => Ok((open(native, file, name)?, all)),
    }
}

/// The bytes of a file in the native folder.
pub fn load(native: &Path, name: &'static str) -> Result<Vec<u8>, EngineError> {
    std::fs::read(native.join(name)).map_err(|e| EngineError::Missing {
        name,
        folder: native.display().to_string(),
        reason: e.to_string(),
    })
}

fn environment(native: &Path) -> Result<&'static Environment, EngineError> {
    if let Some(environment) = ENVIRONMENT.get() {
        return Ok(environment);
    }
    let library = native.join(LIBRARY);
    let failed = |reason: String| EngineError::Missing { name: LIBRARY, folder: native.display().to_string(), reason };
    let environment = ort::init_from(&library)
        .map_err(|e| failed(e.to_string()))?
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(e.to_string()))?;
    Ok(ENVIRONMENT.get_or_init(|| environment))
}

/// ONNX Runtime's shared library, as `native.lock` installs it.
const LIBRARY: &str = "libonnxruntime.so";
