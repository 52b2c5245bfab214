//! Names of the operations in the description: method and path, since names of handlers (`list`, `create`) come many times.

use utoipa::openapi::OpenApi;

/// Gives each operation its name: `GET /v1/companies/{company}/pins` is `get_companies_company_pins`.
pub fn name(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let words: Vec<&str> =
            path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !matches!(*word, "" | "v1")).collect();
        let noun = words.join("_");
        for (method, operation) in [
            ("get", &mut item.get),
            ("head", &mut item.head),
            ("options", &mut item.options),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ] {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{noun}"));
            }
        }
    }
}
