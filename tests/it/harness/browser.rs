//! A real browser: Chromium without a window, driven by chromedriver.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;

/// A browser with one window and a profile of its own.
pub struct Browser {
    driver: Child,
    client: Client,
    base: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens it; addresses are relative to `base`.
    pub async fn open(base: &str) -> Browser {
        Browser::with(base, serde_json::json!({})).await
    }

    /// The same as a phone has it: 390 pixels wide, touched.
    pub async fn phone(base: &str) -> Browser {
        let metrics = serde_json::json!({ "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true });
        Browser::with(base, serde_json::json!({ "mobileEmulation": { "deviceMetrics": metrics } })).await
    }

    async fn with(base: &str, more: serde_json::Value) -> Browser {
        let profile = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: scripts/debian-packages.sh test");
        let mut lines = BufReader::new(driver.stdout.take().expect("piped")).lines();
        let port = lines
            .find_map(|line| Some(line.ok()?.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned()))
            .expect("chromedriver says its port");
        std::thread::spawn(move || lines.for_each(drop));
        let mut options = serde_json::json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,1000",
                "--hide-scrollbars", format!("--user-data-dir={}", profile.path().display()),
            ] }
        });
        if let (Some(chrome), Some(more)) = (options["goog:chromeOptions"].as_object_mut(), more.as_object()) {
            chrome.extend(more.clone());
        }
        let serde_json::Value::Object(capabilities) = options else { unreachable!("an object literal") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser");
        Browser { driver, client, base: base.to_owned(), _profile: profile }
    }

    /// Goes to an address.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.expect("a page");
    }

    /// The element, once it is there.
    pub async fn find(&self, css: &str) -> Element {
        let waiting = self.client.wait().at_most(std::time::Duration::from_secs(30)).for_element(Locator::Css(css));
        match waiting.await {
            Ok(element) => element,
            Err(error) => panic!("no {css}: {error}\n{}", self.text().await),
        }
    }

    /// How many there are now.
    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.expect("a page").len()
    }

    /// Types into a field, replacing what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        if field.attr("type").await.expect("an element").as_deref() != Some("file") {
            field.clear().await.expect("a field");
        }
        field.send_keys(text).await.expect("a field");
    }

    /// Types over what is in a field, as a person does: into it, all of it marked, typed over. The field is not left.
    pub async fn retype(&self, css: &str, text: &str) {
        self.click(css).await;
        // Control and a, then control let go.
        self.press("\u{e009}a\u{e000}").await;
        self.press(text).await;
    }

    /// Clicks.
    pub async fn click(&self, css: &str) {
        let found = self.find(css).await;
        // As a person would: what is half below a bar at the edge is scrolled to first.
        self.script(&format!("document.querySelector({css:?}).scrollIntoView({{block: 'center', behavior: 'instant'}})")).await;
        found.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Draws with the mouse from one place of an element to another, given as shares of its width and height.
    pub async fn drag(&self, css: &str, from: [f64; 2], to: [f64; 2]) {
        let place =
            format!("const r = document.querySelector({css:?}).getBoundingClientRect(); return [r.x, r.y, r.width, r.height]");
        let sides: [f64; 4] = serde_json::from_value(self.script(&place).await).expect("a place");
        let at = |[x, y]: [f64; 2]| ((sides[0] + x * sides[2]).round(), (sides[1] + y * sides[3]).round());
        let duration = Some(std::time::Duration::from_millis(100));
        let [start, end] = [from, to].map(|point| PointerAction::MoveTo { duration, x: at(point).0, y: at(point).1 });
        let mouse = MouseActions::new("mouse".to_owned())
            .then(start)
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(end)
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(mouse).await.expect("a mouse");
    }

    /// Chooses an option by its text.
    pub async fn choose(&self, css: &str, label: &str) {
        self.find(css).await.select_by_label(label).await.expect("an option");
    }

    /// All that can be read on the page.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Waits until the page says something.
    pub async fn until(&self, words: &str) {
        for _ in 0..600 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the page never said {words:?}:\n{}", self.text().await);
    }

    /// Runs a script.
    pub async fn script(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.expect("a script that runs")
    }

    /// Where we are.
    pub async fn path(&self) -> String {
        self.client.current_url().await.expect("an address").path().to_owned()
    }

    /// Sets the size of the window.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("a window");
    }

    /// What axe-core has to say against the page: rule, place, what to do. Nothing, if it is accessible as far as a program sees.
    pub async fn axe(&self) -> Vec<String> {
        const AXE: &str = include_str!("../../tools/axe-4.14.1.min.js");
        let run = "const done = arguments[arguments.length - 1];
                   axe.run({ resultTypes: ['violations'] }).then((r) => done(r.violations.flatMap((v) =>
                       v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`))), (e) => done([String(e)]));";
        let script = format!("{AXE};\n{run}");
        let found = self.client.execute_async(&script, Vec::new()).await.expect("axe runs");
        serde_json::from_value(found).expect("a list")
    }

    /// Presses keys wherever the focus is. Keys without a letter are the code points of WebDriver.
    pub async fn press(&self, keys: &str) {
        self.client.active_element().await.expect("a focus").send_keys(keys).await.expect("keys");
    }

    /// Keeps a picture of the window under target/screens, for people to look at.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screens");
        std::fs::create_dir_all(&folder).expect("a folder");
        let png = self.client.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a file");
    }

    /// Plugs in a device that holds passkeys and always finds its owner (WebAuthn, section 11).
    pub async fn plug_in_authenticator(&self) {
        self.client.issue_cmd(Authenticator).await.expect("a virtual authenticator");
    }

    /// Shows pages as they are printed, or on the screen again.
    pub async fn print_media(&self, on: bool) {
        self.client.issue_cmd(Media(if on { "print" } else { "" })).await.expect("a browser that emulates media");
    }

    /// Ends it.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The WebDriver command that adds a virtual authenticator.
#[derive(Debug)]
struct Authenticator;

impl fantoccini::wd::WebDriverCompatibleCommand for Authenticator {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/webauthn/authenticator", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (ureq::http::Method, Option<String>) {
        let device = serde_json::json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        (ureq::http::Method::POST, Some(device.to_string()))
    }
}

/// The command of Chromium's own protocol that draws pages for another medium.
#[derive(Debug)]
struct Media(&'static str);

impl fantoccini::wd::WebDriverCompatibleCommand for Media {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (ureq::http::Method, Option<String>) {
        let command = serde_json::json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "media": self.0 } });
        (ureq::http::Method::POST, Some(command.to_string()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
