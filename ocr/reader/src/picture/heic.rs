//! HEIC, what telephones write: by libheif and libde265, loaded from the native folder. They are C++ over hostile bytes and run
//! where everything of that kind does, in the sandbox; neither may start a thread there, so they are told not to.
#![expect(unsafe_code, reason = "libheif has a C interface only")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{NonNull, null, null_mut};
use std::sync::OnceLock;

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use ocr::protocol::Limits;

use super::{Picture, PictureError, admit, finish};

/// The decoder of the video codec inside, and the reader of the container. The first is global: the second looks for it.
const FILES: [&str; 2] = ["libde265.so", "libheif.so"];

static HEIF: OnceLock<Result<Heif, String>> = OnceLock::new();

/// Loads the libraries, once a process. Without them HEIC files are refused and everything else is read.
pub fn load(native: &Path) {
    HEIF.get_or_init(|| Heif::load(native).map_err(|error| error.to_string()));
}

/// Decodes the file's main picture, turned as the file says.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let heif = match HEIF.get() {
        Some(Ok(heif)) => heif,
        Some(Err(error)) => {
            return Err(PictureError::Unsupported(format!("libheif cannot be loaded ({error}): run `make setup`")));
        }
        None => return Err(PictureError::Unsupported("this reader has no libheif".into())),
    };
    let context = heif.context(limits)?;
    // SAFETY: the bytes outlive the context, which is freed at the end of this function.
    heif.done(unsafe { (heif.read)(context.get(), bytes.as_ptr().cast(), bytes.len(), null()) })?;
    let mut handle = null_mut();
    // SAFETY: the context is alive; the handle is written before success is reported.
    heif.done(unsafe { (heif.primary)(context.get(), &mut handle) })?;
    let handle = Owned::new(handle, heif.release_handle)?;
    // SAFETY: the handle is alive, here and below.
    let (width, height) = unsafe { ((heif.handle_width)(handle.get()), (heif.handle_height)(handle.get())) };
    admit(size(width), size(height), limits)?;
    let options = heif.options()?;
    let mut image = null_mut();
    // SAFETY: handle and options are alive; the image is written before success is reported.
    heif.done(unsafe { (heif.decode)(handle.get(), &mut image, SPACE_RGB, CHROMA_RGB, options.get()) })?;
    let image = Owned::new(image, heif.release_image)?;
    Ok(finish(DynamicImage::ImageRgb8(heif.pixels(&image, limits)?), Orientation::NoTransforms, None))
}

/// `heif_colorspace_RGB`, `heif_chroma_interleaved_RGB`, `heif_channel_interleaved` (libheif/heif_image.h).
const SPACE_RGB: c_int = 1;
const CHROMA_RGB: c_int = 10;
const CHANNEL_INTERLEAVED: c_int = 10;

/// `struct heif_error`, returned by value.
#[derive(Clone, Copy)]
#[repr(C)]
struct Error {
    code: c_int,
    subcode: c_int,
    message: *const c_char,
}

/// The beginning of `struct heif_security_limits`, the same in all its versions.
#[repr(C)]
struct Security {
    version: u8,
    most_pixels: u64,
}

/// `struct heif_decoding_options`, version 8 (libheif 1.21) and later.
#[repr(C)]
struct Options {
    version: u8,
    ignore_transformations: u8,
    callbacks: [*mut c_void; 4],
    to_eight_bits: u8,
    strict: u8,
    decoder: *const c_char,
    conversion: [c_int; 4],
    cancel: *mut c_void,
    conversion_extended: *mut c_void,
    ignore_edits: c_int,
    profile: *mut c_void,
    library_threads: c_int,
    codec_threads: c_int,
}

const OPTIONS_VERSION: u8 = 8;

type Object = *mut c_void;
type Free = unsafe extern "C" fn(Object);

/// The functions in use.
struct Heif {
    alloc: unsafe extern "C" fn() -> Object,
    free: Free,
    threads: unsafe extern "C" fn(Object, c_int),
    limits: unsafe extern "C" fn(Object) -> *mut Security,
    read: unsafe extern "C" fn(Object, *const c_void, usize, *const c_void) -> Error,
    primary: unsafe extern "C" fn(Object, *mut Object) -> Error,
    release_handle: Free,
    handle_width: unsafe extern "C" fn(Object) -> c_int,
    handle_height: unsafe extern "C" fn(Object) -> c_int,
    alloc_options: unsafe extern "C" fn() -> *mut Options,
    free_options: unsafe extern "C" fn(*mut Options),
    decode: unsafe extern "C" fn(Object, *mut Object, c_int, c_int, *const Options) -> Error,
    release_image: Free,
    image_width: unsafe extern "C" fn(Object, c_int) -> c_int,
    image_height: unsafe extern "C" fn(Object, c_int) -> c_int,
    plane: unsafe extern "C" fn(Object, c_int, *mut c_int) -> *const u8,
    _libraries: [Library; 2],
}

impl Heif {
    fn load(native: &Path) -> Result<Heif, libloading::Error> {
        // SAFETY: both are pinned by hash in native.lock; their initialisers only set up tables.
        let open = |name, flags| unsafe { Library::open(Some(native.join(name)), RTLD_NOW | flags) };
        let codec = open(FILES[0], RTLD_GLOBAL)?;
        let heif = open(FILES[1], 0)?;
        macro_rules! function {
            ($name:literal) => {
                // SAFETY: the signature is that of libheif's header.
                *unsafe { heif.get(concat!($name, "\0").as_bytes()) }?
            };
        }
        Ok(Heif {
            alloc: function!("heif_context_alloc"),
            free: function!("heif_context_free"),
            threads: function!("heif_context_set_max_decoding_threads"),
            limits: function!("heif_context_get_security_limits"),
            read: function!("heif_context_read_from_memory_without_copy"),
            primary: function!("heif_context_get_primary_image_handle"),
            release_handle: function!("heif_image_handle_release"),
            handle_width: function!("heif_image_handle_get_width"),
            handle_height: function!("heif_image_handle_get_height"),
            alloc_options: function!("heif_decoding_options_alloc"),
            free_options: function!("heif_decoding_options_free"),
            decode: function!("heif_decode_image"),
            release_image: function!("heif_image_release"),
            image_width: function!("heif_image_get_width"),
            image_height: function!("heif_image_get_height"),
            plane: function!("heif_image_get_plane_readonly"),
            _libraries: [codec, heif],
        })
    }

    fn context(&self, limits: &Limits) -> Result<Owned<c_void>, PictureError> {
        // SAFETY: a context is made and freed by the same library; its limits live as long as it does.
        let context = Owned::new(unsafe { (self.alloc)() }, self.free)?;
        unsafe {
            (self.threads)(context.get(), 0);
            if let Some(own) = (self.limits)(context.get()).as_mut() {
                own.most_pixels = limits.pixels;
            }
        }
        Ok(context)
    }

    fn options(&self) -> Result<Owned<Options>, PictureError> {
        // SAFETY: options are made and freed by the same library.
        let options = Owned::new(unsafe { (self.alloc_options)() }, self.free_options)?;
        // SAFETY: the version says that all fields written are there.
        let fields = unsafe { &mut *options.get() };
        if fields.version < OPTIONS_VERSION {
            return Err(PictureError::Unsupported("HEIC files need a newer libheif: run `make setup`".into()));
        }
        fields.to_eight_bits = 1;
        fields.library_threads = -1;
        fields.codec_threads = -1; // not even one beside this: none
        Ok(options)
    }

    fn pixels(&self, image: &Owned<c_void>, limits: &Limits) -> Result<RgbImage, PictureError> {
        let (mut stride, empty) = (0, || PictureError::Broken("it has no pixels".into()));
        // SAFETY: the image is alive.
        let (width, height, plane) = unsafe {
            (
                size((self.image_width)(image.get(), CHANNEL_INTERLEAVED)),
                size((self.image_height)(image.get(), CHANNEL_INTERLEAVED)),
                (self.plane)(image.get(), CHANNEL_INTERLEAVED, &mut stride),
            )
        };
        admit(width, height, limits)?;
        let (row, stride) = (width as usize * 3, usize::try_from(stride).map_err(|_| empty())?);
        if plane.is_null() || stride < row {
            return Err(empty());
        }
        let mut pixels = Vec::with_capacity(row * height as usize);
        for y in 0..height as usize {
            // SAFETY: the plane has `height` rows of at least `row` bytes, `stride` apart.
            pixels.extend_from_slice(unsafe { std::slice::from_raw_parts(plane.add(y * stride), row) });
        }
        RgbImage::from_raw(width, height, pixels).ok_or_else(empty)
    }

    fn done(&self, error: Error) -> Result<(), PictureError> {
        if error.code == 0 {
            return Ok(());
        }
        // SAFETY: libheif's messages are texts that live at least as long as the object that failed.
        let message = NonNull::new(error.message.cast_mut()).map(|text| unsafe { CStr::from_ptr(text.as_ptr()) });
        let message = message.map_or_else(String::new, |text| text.to_string_lossy().into_owned());
        Err(match error.code {
            // heif_error_Unsupported_filetype and _feature, _Memory_allocation_error (limits are among them).
            3 | 4 | 6 => PictureError::Unsupported(message),
            _ => PictureError::Broken(message),
        })
    }
}

fn size(side: c_int) -> u32 {
    u32::try_from(side).unwrap_or(0)
}

/// An object of the library, freed with its function.
struct Owned<T> {
    object: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    fn new(object: *mut T, free: unsafe extern "C" fn(*mut T)) -> Result<Owned<T>, PictureError> {
        let object = NonNull::new(object).ok_or_else(|| PictureError::Broken("there is no memory for it".into()))?;
        Ok(Owned { object, free })
    }

    fn get(&self) -> *mut T {
        self.object.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: made by the library that `free` is of, and freed only here.
        unsafe { (self.free)(self.object.as_ptr()) }
    }
}
