package dev.caravan.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as an attacker, a foreign page or a proxy writes them, byte by byte, to a real console with TLS. */
class ConsoleAttackTest {
    private static final String CANCEL = "{\"type\":\"exec\",\"mbean\":\"dev.caravan:type=Migration,name=x\","
            + "\"operation\":\"cancel\"}";
    private static final Pattern COOKIE = Pattern.compile("(?i)Set-Cookie: ([^=]+)=([^;]*)(.*)");

    @TempDir
    static Path directory;
    private static RecordingAgent agent;
    private static TestConsole console;
    private static SSLContext tls;

    private final Map<String, String> cookies = new LinkedHashMap<>();

    @BeforeAll
    static void start() throws Exception {
        agent = new RecordingAgent();
        Path store = directory.resolve("console.p12");
        Path password = TestConsole.secret(directory.resolve("p12.password"), "for the store");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "c", "-keyalg", "EC", "-dname", "CN=c", "-ext", "san=ip:127.0.0.1",
                "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass:file", password.toString())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(keytool.waitFor()).isZero();
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rw-------"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(store.toFile(), "for the store".toCharArray()));
        tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        console = new TestConsole(directory, "http://127.0.0.1:" + agent.port() + "/jolokia",
                "caravan.console.bind=0.0.0.0:0", "caravan.console.keystore=" + store,
                "caravan.console.keystore-password-file=" + password, "caravan.console.proxies=127.0.0.2",
                "caravan.console.agent.down=http://127.0.0.1:1/jolokia");
    }

    @AfterAll
    static void stop() {
        console.close();
        agent.close();
    }

    @BeforeEach
    void forget() {
        agent.requests().clear();
    }

    private static String own() {
        return "127.0.0.1:" + URI.create(console.url()).getPort();
    }

    private static String proxied() {
        return "/hawtio/proxy/http/127.0.0.1/" + agent.port() + "/jolokia";
    }

    private String send(String line, String body, String... headers) throws IOException {
        return sendFrom("127.0.0.1", line, body, headers);
    }

    /** Sends a request as it stands, with the cookies that were set before, from an address; returns the whole answer. */
    private String sendFrom(String address, String line, String body, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(line + " HTTP/1.1", "Connection: close"));
        if (List.of(headers).stream().noneMatch(header -> header.startsWith("Host:"))) {
            lines.add("Host: " + own());
        }
        if (!cookies.isEmpty()) {
            lines.add("Cookie: " + cookies.entrySet().stream().map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                    .collect(Collectors.joining("; ")));
        }
        lines.addAll(List.of(headers));
        if (!body.isEmpty()) {
            lines.add("Content-Length: " + body.length());
        }
        try (Socket socket = tls.getSocketFactory().createSocket()) {
            socket.bind(new java.net.InetSocketAddress(address, 0));
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", URI.create(console.url()).getPort()));
            socket.getOutputStream()
                    .write((String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Matcher set = COOKIE.matcher(answer);
            while (set.find()) {
                cookies.put(set.group(1), set.group(2));
            }
            return answer;
        }
    }

    private static int status(String answer) {
        return Integer.parseInt(answer.substring(9, 12));
    }

    private String logIn(String password, String... headers) throws IOException {
        return logInFrom("127.0.0.1", password, headers);
    }

    private String logInFrom(String address, String password, String... headers) throws IOException {
        Matcher token = Pattern.compile("name=\"_csrf\" type=\"hidden\" value=\"([^\"]+)\"")
                .matcher(sendFrom(address, "GET /login", "", headers));
        assertThat(token.find()).isTrue();
        List<String> all = new ArrayList<>(List.of("Content-Type: application/x-www-form-urlencoded"));
        all.addAll(List.of(headers));
        return sendFrom(address, "POST /login",
                "username=" + TestConsole.USER + "&password=" + URLEncoder.encode(password, StandardCharsets.UTF_8)
                        + "&_csrf=" + URLEncoder.encode(token.group(1), StandardCharsets.UTF_8),
                all.toArray(String[]::new));
    }

    private String token() {
        return "X-XSRF-TOKEN: " + cookies.get("XSRF-TOKEN");
    }

    private void enter() throws IOException {
        assertThat(status(logIn(TestConsole.PASSWORD))).isEqualTo(302);
        assertThat(status(send("GET /", ""))).isEqualTo(200);
    }

    @Test
    void theSessionIsNewAfterTheLogInAndItsCookiesAreForTlsAndThisSiteAlone() throws IOException {
        cookies.put("JSESSIONID", "chosen-by-the-attacker");
        send("GET /login", "");
        String before = cookies.get("JSESSIONID");
        String answer = logIn(TestConsole.PASSWORD);
        assertThat(answer).contains("Location: /\r\n");
        assertThat(cookies.get("JSESSIONID")).isNotEqualTo(before).isNotEqualTo("chosen-by-the-attacker");
        Matcher set = COOKIE.matcher(answer + send("GET /", ""));
        List<String> seen = new ArrayList<>();
        while (set.find()) {
            seen.add(set.group(1));
            assertThat(set.group(3)).as(set.group(1)).contains("Secure").contains("SameSite=Strict");
        }
        assertThat(seen).contains("JSESSIONID", "XSRF-TOKEN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/exec/dev.caravan:type=Migration,name=x/cancel",
            "/exec/dev.caravan:type=Migration,name=x/cancel?callback=x", "/write/dev.caravan:type=Migration,name=x/A/1",
            "/read/x?callback=x", "/?p=exec/x/cancel", "/notification/x"})
    void getChangesNothingAndHasNoCallback(String path) throws IOException {
        enter();
        for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS")) {
            assertThat(status(send(method + " " + proxied() + path, "", token()))).as(method).isIn(400, 403, 405);
        }
        assertThat(agent.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Origin: http://evil.example", "Origin: https://wiki.example.org", "Origin: null",
            "Referer: http://evil.example/", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"})
    void aForeignPageReachesNoAgentWhateverItHas(String header) throws IOException {
        enter();
        assertThat(status(send("GET " + proxied() + "/search/dev.caravan:*", "", header))).isEqualTo(403);
        assertThat(status(send("POST " + proxied(), CANCEL, token(), header))).isEqualTo(403);
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void aPostNeedsTheTokenAndTellsTheAgentWhoAsks() throws IOException {
        enter();
        assertThat(status(send("POST " + proxied(), CANCEL))).isEqualTo(403);
        assertThat(status(send("POST " + proxied(), CANCEL, "X-XSRF-TOKEN: guessed"))).isEqualTo(403);
        assertThat(agent.requests()).isEmpty();

        assertThat(status(send("POST " + proxied() + "?maxDepth=9&mimeType=application%2Fjson", CANCEL, token(),
                "Origin: https://" + own(), "Caravan-User: mallory", "Authorization: Basic eDp4", "X-Other: x")))
                .isEqualTo(200);
        assertThat(agent.requests()).singleElement().satisfies(request -> {
            assertThat(request.body()).isEqualTo(CANCEL);
            assertThat(request.headers().get("Caravan-User")).containsExactly(TestConsole.USER);
            assertThat(request.headers().get("Authorization")).hasSize(1).doesNotContain("Basic eDp4");
            assertThat(request.headers()).doesNotContainKeys("Cookie", "Origin", "X-other", "X-xsrf-token");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"/../actuator", "//", "/%2e%2e/x", ";jsessionid=1", "/%00", "/..%2fx", "/read/%2e%2e/x",
            "2", "/read/;x"})
    void noPathLeadsElsewhere(String path) throws IOException {
        enter();
        assertThat(status(send("GET " + proxied() + path, ""))).isIn(400, 403, 404, 405);
        assertThat(status(send("POST " + proxied() + path, CANCEL, token()))).isIn(400, 403, 404, 405);
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void aRequestIsBounded() throws IOException {
        enter();
        assertThat(status(send("POST " + proxied(), " ".repeat(AgentProxy.MAX_BODY + 1), token()))).isEqualTo(413);
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void anAgentThatIsDownIsToldAsSuch() throws IOException {
        enter();
        assertThat(status(send("GET /", ""))).isEqualTo(200);
        String answer = send("POST /hawtio/proxy/http/127.0.0.1/1/jolokia", CANCEL, token());
        assertThat(status(answer)).isEqualTo(504);
        assertThat(answer).contains("down cannot be reached");
    }

    @Test
    void whoFailsTooOftenIsLockedOutThereAndNowhereElse() throws IOException {
        String address = "127.0.0.7";
        for (int i = 0; i < FailedLogIns.MAX_FOR_USER; i++) {
            assertThat(logInFrom(address, "guess" + i)).contains("Location: /login?error");
        }
        String answer = logInFrom(address, TestConsole.PASSWORD);
        assertThat(status(answer)).isEqualTo(429);
        assertThat(answer).containsPattern("Retry-After: (29\\d|300)");
        // a header of whoever is no configured proxy is no way round
        assertThat(status(logInFrom(address, TestConsole.PASSWORD, "X-Forwarded-For: 10.9.8.7"))).isEqualTo(429);
        enter();
    }

    @Test
    void behindAConfiguredProxyTheOriginIsThatOfTheBrowser() throws IOException {
        String[] forwarded = {"Host: backend", "X-Forwarded-Host: console.example.org", "X-Forwarded-Proto: https",
                "X-Forwarded-For: 10.1.1.1", "Origin: https://console.example.org",
                "Referer: https://console.example.org/login"};
        String proxy = "127.0.0.2";
        assertThat(logInFrom(proxy, TestConsole.PASSWORD, forwarded)).contains("Location: /\r\n");
        assertThat(status(sendFrom(proxy, "GET /", "", forwarded))).isEqualTo(200);
        List<String> headers = new ArrayList<>(List.of(forwarded));
        headers.add(token());
        assertThat(status(sendFrom(proxy, "POST " + proxied(), CANCEL, headers.toArray(String[]::new)))).isEqualTo(200);
        assertThat(agent.requests()).hasSize(1);

        // the same headers from anybody else
        assertThat(status(send("POST " + proxied(), CANCEL, headers.toArray(String[]::new)))).isEqualTo(403);
        assertThat(agent.requests()).hasSize(1);
    }

    @Test
    void whatWouldTravelInTheClearIsRefused() throws IOException {
        Path settings = TestConsole.settings(directory, "http://127.0.0.1:1/jolokia");
        String good = Files.readString(settings);
        Files.writeString(settings, good + "\ncaravan.console.bind=0.0.0.0:8090");
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings))
                .hasMessageContaining("caravan.console.bind is \"0.0.0.0\"")
                .hasMessageContaining("Set caravan.console.keystore");
        Files.writeString(settings, good + "\ncaravan.console.agent.far=http://192.0.2.1:8778/jolokia");
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings)).hasMessageContaining("use https");
        Files.writeString(settings, good + "\ncaravan.console.proxies=proxy.example.org");
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings))
                .hasMessageContaining("caravan.console.proxies has \"proxy.example.org\"");
        Files.writeString(settings, good + "\ncaravan.console.user=anna (admin)");
        assertThatThrownBy(() -> ConsoleConfiguration.read(settings)).hasMessageContaining("anna (admin)");
    }
}
