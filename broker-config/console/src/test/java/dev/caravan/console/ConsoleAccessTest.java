package dev.caravan.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who reaches what through the console. */
class ConsoleAccessTest {
    @TempDir
    static Path directory;
    private static TestAgent agent;
    private static TestConsole console;

    private final CookieManager cookies = new CookieManager();
    private final HttpClient http = HttpClient.newBuilder().cookieHandler(cookies).build();

    @BeforeAll
    static void start() throws Exception {
        agent = new TestAgent();
        console = new TestConsole(directory, agent.url());
    }

    @AfterAll
    static void stop() throws Exception {
        console.close();
        agent.close();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(console.url() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String type, String body, boolean token)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(console.url() + path))
                .header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofString(body));
        if (token) {
            cookies.getCookieStore().getCookies().stream().filter(cookie -> cookie.getName().equals("XSRF-TOKEN"))
                    .forEach(cookie -> request.header("X-XSRF-TOKEN", cookie.getValue()));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private void logIn() throws IOException, InterruptedException {
        Matcher token = Pattern.compile("name=\"_csrf\" type=\"hidden\" value=\"([^\"]+)\"")
                .matcher(get("/login").body());
        assertThat(token.find()).isTrue();
        HttpResponse<String> answer = post("/login", "application/x-www-form-urlencoded",
                "username=" + TestConsole.USER + "&password=" + URLEncoder.encode(TestConsole.PASSWORD,
                        StandardCharsets.UTF_8) + "&_csrf=" + URLEncoder.encode(token.group(1), StandardCharsets.UTF_8),
                false);
        assertThat(answer.headers().firstValue("Location")).hasValueSatisfying(
                location -> assertThat(location).doesNotContain("error"));
    }

    private static String proxied() {
        return "/hawtio/proxy/http/127.0.0.1/" + URI.create(agent.url()).getPort() + "/jolokia";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/agents.json", "/hawtio/", "/hawtio/index.html", "/hawtio/user", "/hawtio/jolokia",
            "/hawtio/proxy/enabled", "/hawtio/preset-connections", "/actuator", "/jolokia", "/health", "/env"})
    void nothingIsServedWithoutLogIn(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location")).hasValueSatisfying(
                location -> assertThat(location).endsWith("/login"));
    }

    @Test
    void theProxyIsClosedWithoutLogIn() throws Exception {
        assertThat(get(proxied()).statusCode()).isEqualTo(302);
        assertThat(post(proxied(), "application/json", "{\"type\":\"version\"}", false).statusCode()).isIn(302, 403);
    }

    @Test
    void anAgentIsReachedWithoutItsCredentialsInTheBrowser() throws Exception {
        logIn();
        assertThat(get("/").body()).contains("alpha").doesNotContain(TestAgent.PASSWORD);
        assertThat(get("/agents.json").body()).contains("\"alpha\"").doesNotContain(TestAgent.PASSWORD);
        assertThat(get(proxied()).body()).contains("\"agent\":\"2.6.0\"");
        assertThat(get("/hawtio/user").body()).contains(TestConsole.USER);
    }

    @Test
    void aRequestWithoutTheTokenOfTheSessionIsRefused() throws Exception {
        logIn();
        String stage = "{\"type\":\"read\",\"mbean\":\"dev.caravan:type=Migration,id=" + TestAgent.MIGRATION
                + "\",\"attribute\":\"Stage\"}";
        assertThat(post(proxied(), "application/json", stage, false).statusCode()).isEqualTo(403);
        get("/");
        assertThat(post(proxied(), "application/json", stage, true).body()).contains("transferring");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hawtio/proxy/http/127.0.0.1/22", "/hawtio/proxy/http/localhost/8778/jolokia",
            "/hawtio/proxy/http/192.0.2.1/80/", "/hawtio/proxy/http://192.0.2.1/", "/hawtio/proxy/", "/hawtio/proxy"})
    void nothingButTheAgentsIsReachedThroughTheProxy(String path) throws Exception {
        logIn();
        assertThat(get(path).statusCode()).isIn(400, 403);
    }

    @Test
    void otherPathsOfTheAgentsHostAreNotReached() throws Exception {
        logIn();
        String base = proxied().replace("/jolokia", "");
        for (String path : new String[]{"/", "/jolokia2", "/jolokia/%2e%2e/x", "/jolokia/..%2fx"}) {
            assertThat(get(base + path).statusCode()).as(path).isIn(400, 403);
        }
    }

    @Test
    void settingsThatAreMissingOrOpenToOthersAreNamed() throws Exception {
        Path settings = TestConsole.settings(directory, "http://127.0.0.1:1/jolokia");
        Path password = directory.resolve("console.password");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings)).hasMessageContaining("chmod 600 " + password);
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        assertThat(ConsoleConfiguration.read(settings).toString()).doesNotContain(TestConsole.PASSWORD)
                .doesNotContain(TestAgent.PASSWORD);

        Files.writeString(settings, Files.readString(settings).replace("caravan.jolokia.user", "x"));
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings))
                .hasMessageContaining("caravan.jolokia.user is missing in " + settings);
        Files.writeString(settings, "caravan.console.bind=somewhere");
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings)).hasMessageContaining("caravan.console.bind");
        assertThatThrownBy(() -> ConsoleConfiguration.read(TestConsole.settings(directory, "ftp://x/jolokia")))
                .hasMessageContaining("https://HOST:PORT/jolokia is expected");
    }
}
