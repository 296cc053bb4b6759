package dev.caravan.console;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * A person at the console, played by a headless Chromium: logs in, opens an agent, reads its routes and migrations.
 *
 * <p>Each step waits for the page up to 30 s and fails with Selenium's {@code TimeoutException}. Nothing but the console
 * is contacted.
 */
public final class ConsoleBrowser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path profile;
    private final ChromeDriver driver;
    private final String url;

    /**
     * Starts the browser with a profile of its own.
     *
     * @param url the console, for example {@code http://127.0.0.1:8090}
     */
    public ConsoleBrowser(String url) throws IOException {
        this.url = url.endsWith("/") ? url : url + "/";
        profile = Files.createTempDirectory("caravan-browser");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--user-data-dir=" + profile);
        // the lab's certificate is signed by nobody but itself
        options.setAcceptInsecureCerts(true);
        // with the driver named, Selenium does not look for one to download
        driver = new ChromeDriver(
                new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).usingAnyFreePort().build(),
                options);
        driver.manage().window().setSize(new Dimension(1600, 1000));
    }

    /** Whether this machine has what it takes. */
    public static boolean isInstalled() {
        return Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
    }

    private WebElement find(By what) {
        return new WebDriverWait(driver, PATIENCE).ignoring(StaleElementReferenceException.class)
                .until(ExpectedConditions.elementToBeClickable(what));
    }

    /** Fills in the log-in form; afterwards the list of agents is there. */
    public void logIn(String user, String password) {
        fillIn(user, password);
        find(By.cssSelector("#agents[data-ready=true]"));
    }

    /** Fills in the log-in form with what must not be accepted, and returns what the page says. */
    public String failToLogIn(String user, String password) {
        fillIn(user, password);
        return find(By.cssSelector("[role=alert], .alert-danger")).getText();
    }

    private void fillIn(String user, String password) {
        driver.get(url);
        find(By.name("username")).sendKeys(user);
        find(By.name("password")).sendKeys(password);
        find(By.cssSelector("button[type=submit]")).click();
    }

    /** Opens an agent from the list; afterwards Hawtio shows its Camel tree. */
    public void open(String agent) {
        driver.get(url);
        find(By.cssSelector("#agents[data-ready=true]"));
        find(By.linkText(agent)).click();
        find(By.cssSelector("li[id^='org.apache.camel-CamelContexts-']"));
    }

    /** The routes of the open agent and how many exchanges each has completed. */
    public Map<String, Long> routes() {
        find(By.linkText("Camel")).click();
        find(By.xpath("//li[starts-with(@id,'org.apache.camel-CamelContexts-')]"
                + "//button[contains(@class,'tree-view__node-text') and normalize-space()='routes']")).click();
        find(By.xpath("//nav//a[normalize-space()='Routes']")).click();
        find(By.cssSelector("#camel-routes-table tbody tr"));
        Map<String, Long> routes = new LinkedHashMap<>();
        for (WebElement row : driver.findElements(By.cssSelector("#camel-routes-table tbody tr"))) {
            // select, name, state, uptime, completed
            var cells = row.findElements(By.tagName("td"));
            routes.put(cells.get(1).getText().strip(), Long.parseLong(cells.get(4).getText().strip()));
        }
        return routes;
    }

    /** Opens a migration of the open agent among the MBeans, and reads its attributes. */
    public Map<String, String> migration(String id) {
        find(By.linkText("JMX")).click();
        WebElement search = find(By.cssSelector("#jmx-tree-view input[type=search]"));
        search.clear();
        search.sendKeys(id);
        find(By.xpath("//li[starts-with(@id,'dev.caravan-') and contains(@id,'" + id
                + "') and not(contains(@id,'-folder'))]//button[contains(@class,'tree-view__node-text')]")).click();
        find(By.xpath("//nav//a[normalize-space()='Attributes']")).click();
        find(By.cssSelector("table[aria-label=Attributes] tbody tr"));
        Map<String, String> attributes = new LinkedHashMap<>();
        for (WebElement row : driver.findElements(By.cssSelector("table[aria-label=Attributes] tbody tr"))) {
            var cells = row.findElements(By.tagName("td"));
            attributes.put(cells.get(0).getText().strip(), cells.get(1).getText().strip());
        }
        return attributes;
    }

    /** Calls an operation without arguments, such as {@code cancel}, of the migration that is open; gives its result. */
    public String call(String operation) {
        find(By.xpath("//nav//a[normalize-space()='Operations']")).click();
        find(By.cssSelector("button[aria-labelledby^='operation " + operation + "()']")).click();
        find(By.cssSelector("section[aria-label='operation execute " + operation + "()'] button[type=submit]"))
                .click();
        return find(By.cssSelector("section[aria-label='operation result " + operation + "()'] pre")).getText();
    }

    /** Keeps what the window shows, as PNG. */
    public void screenshot(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() throws IOException {
        driver.quit();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }
}
