package dev.caravan.agent.jolokia;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as an attacker writes them, byte by byte, with the log-in of the console where nothing else is said. */
class JolokiaAttackTest {
    private static final String PASSWORD = "only for tests";
    private static final String NAME = "dev.caravan:type=Migration,name=attacked";
    private static final String CANCEL = "{\"type\":\"exec\",\"mbean\":\"" + NAME
            + "\",\"operation\":\"cancel\"}";

    @TempDir
    Path directory;
    private final Properties properties = new Properties();
    private final List<Optional<String>> cancelledBy = new CopyOnWriteArrayList<>();
    private JolokiaEndpoint endpoint;

    /** What is shown of a migration, cut down. */
    public interface Shown {
        String getStage();

        void cancel();
    }

    private final class Migration implements Shown {
        @Override
        public String getStage() {
            return "freezing";
        }

        @Override
        public void cancel() {
            cancelledBy.add(Caller.current());
        }
    }

    @BeforeEach
    void start() throws Exception {
        ManagementFactory.getPlatformMBeanServer().registerMBean(new StandardMBean(new Migration(), Shown.class),
                new ObjectName(NAME));
        properties.setProperty("caravan.jolokia.port", "0");
        properties.setProperty("caravan.jolokia.user", "console");
        properties.setProperty("caravan.jolokia.password-file", secret("password", PASSWORD).toString());
        endpoint = JolokiaEndpoint.start(properties).orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        endpoint.close();
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(new ObjectName(NAME));
    }

    private Path secret(String name, String content) throws IOException {
        return Files.setPosixFilePermissions(Files.writeString(directory.resolve(name), content),
                PosixFilePermissions.fromString("rw-------"));
    }

    private int port() {
        return URI.create(endpoint.url()).getPort();
    }

    private static String logIn() {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(("console:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a request as it stands, with a Host unless it has one, and returns the whole answer. */
    private String send(String line, String body, String... headers) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port())) {
            return talk(socket, line, body, headers);
        }
    }

    private String talk(Socket socket, String line, String body, String... headers) throws IOException {
        StringBuilder request = new StringBuilder(line).append(" HTTP/1.1\r\nConnection: close\r\n");
        if (List.of(headers).stream().noneMatch(header -> header.startsWith("Host:"))) {
            request.append("Host: 127.0.0.1:").append(port()).append("\r\n");
        }
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        if (!body.isEmpty()) {
            request.append("Content-Length: ").append(body.getBytes(StandardCharsets.UTF_8).length).append("\r\n");
        }
        OutputStream out = socket.getOutputStream();
        try {
            out.write(request.append("\r\n").append(body).toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // it was answered and closed before all was sent
            assertThat(body.length()).isGreaterThan(RequestBody.MAX_BYTES);
        }
        InputStream in = socket.getInputStream();
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int status(String answer) {
        return Integer.parseInt(answer.substring(9, 12));
    }

    @Test
    void withoutTheLogInNothingIsServedOnLoopback() throws IOException {
        assertThat(status(send("POST /jolokia", CANCEL))).isEqualTo(401);
        assertThat(status(send("GET /jolokia/exec/" + NAME + "/cancel", "", "Host: evil.example"))).isEqualTo(401);
        assertThat(status(send("POST /jolokia", CANCEL, "Authorization: Basic Y29uc29sZTp4"))).isEqualTo(401);
        assertThat(cancelledBy).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/jolokia/exec/" + NAME + "/cancel", "/jolokia/exec/" + NAME + "/cancel?callback=x",
            "/jolokia/%65xec/" + NAME + "/cancel", "/jolokia//exec/" + NAME + "/cancel",
            "/jolokia/read/../exec/" + NAME + "/cancel", "/jolokia/write/" + NAME + "/Stage/x",
            "/jolokia?p=exec/" + NAME + "/cancel", "/jolokia/?p=/exec/" + NAME + "/cancel",
            "/jolokia/version?p=exec/" + NAME + "/cancel", "/jolokia/notification/register"})
    void getChangesNothing(String path) throws IOException {
        for (String method : List.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE")) {
            assertThat(status(send(method + " " + path, "", logIn()))).as(method).isBetween(400, 405);
        }
        assertThat(cancelledBy).isEmpty();
    }

    @Test
    void getReadsWithoutACallback() throws IOException {
        String read = "/jolokia/read/" + NAME + "/Stage";
        assertThat(send("GET " + read, "", logIn())).contains("freezing");
        assertThat(send("GET /jolokia/search/dev.caravan:type=Migration,*", "", logIn())).contains("attacked");
        String answer = send("GET " + read + "?callback=x", "", logIn());
        assertThat(status(answer)).isEqualTo(400);
        assertThat(answer).doesNotContain("freezing").contains("callback=x");
    }

    @ParameterizedTest
    @CsvSource({"Origin: http://evil.example", "Origin: null", "Origin: https://127.0.0.1",
            "Referer: http://evil.example/page", "Referer: %", "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site", "Host: evil.example", "Host: evil.example:8778",
            "Host: 127.0.0.1.evil.example", "Host:"})
    void noPageOfAnotherOriginIsServedAndNoReboundName(String header) throws IOException {
        assertThat(status(send("POST /jolokia", CANCEL, logIn(), header))).isIn(400, 403);
        assertThat(status(send("GET /jolokia/read/" + NAME + "/Stage", "", logIn(), header))).isIn(400, 403);
        assertThat(cancelledBy).isEmpty();
    }

    @Test
    void cancellingByPostTellsWhoDidIt() throws IOException {
        assertThat(send("POST /jolokia", CANCEL, logIn())).contains("\"status\":200");
        assertThat(send("POST /jolokia/", CANCEL, logIn(), "Caravan-User: anna")).contains("\"status\":200");
        assertThat(cancelledBy).containsExactly(Optional.of("console (Jolokia)"), Optional.of("anna (console)"));
        assertThat(status(send("POST /jolokia", CANCEL, logIn(), "Caravan-User: anna (console), not"))).isEqualTo(400);
        assertThat(cancelledBy).hasSize(2);
        assertThat(Caller.current()).isEmpty();
    }

    @Test
    void bulksAndBodiesAreBounded() throws IOException {
        String version = "{\"type\":\"version\"}";
        String most = "[" + String.join(",", java.util.Collections.nCopies(RequestBody.MAX_BULK, version)) + "]";
        assertThat(status(send("POST /jolokia", most, logIn()))).isEqualTo(200);
        String more = "[" + version + "," + most.substring(1);
        assertThat(status(send("POST /jolokia", more, logIn()))).isEqualTo(413);
        String lists = "[" + String.join(",", java.util.Collections.nCopies(5, "{\"type\":\"list\"}")) + "]";
        assertThat(status(send("POST /jolokia", lists, logIn()))).isEqualTo(413);
        assertThat(status(send("POST /jolokia", " ".repeat(RequestBody.MAX_BYTES) + version, logIn())))
                .isEqualTo(413);
        assertThat(status(send("POST /jolokia", "", logIn(), "Content-Length: 99999999999"))).isEqualTo(413);
        assertThat(status(send("POST /jolokia", "[".repeat(60_000), logIn()))).isEqualTo(400);
        assertThat(status(send("POST /jolokia", "7", logIn()))).isEqualTo(400);
    }

    @Test
    void noTwoProgramsReadOneBodyDifferently() throws IOException {
        String twice = "{\"type\":\"version\"," + CANCEL.substring(1);
        assertThat(status(send("POST /jolokia", twice, logIn()))).isEqualTo(400);
        assertThat(status(send("POST /jolokia", CANCEL + CANCEL, logIn()))).isEqualTo(400);
        assertThat(cancelledBy).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"maxDepth", "maxCollectionSize", "maxObjects"})
    void noRequestLiftsALimitOfTheAnswer(String limit) throws IOException {
        String read = "{\"type\":\"read\",\"mbean\":\"java.lang:type=Memory\",\"config\":{\"" + limit + "\":";
        for (String none : List.of("0", "-1", "\"0\"", "\"\"", "null", "[0]", "99999999")) {
            assertThat(status(send("POST /jolokia", read + none + "}}", logIn()))).as(none).isEqualTo(400);
        }
        for (String none : List.of("0", "-1", "00", "")) {
            assertThat(status(send("POST /jolokia?" + limit + "=" + none, CANCEL, logIn()))).as(none).isEqualTo(400);
        }
        assertThat(send("POST /jolokia?" + limit + "=9", read + "7}}", logIn())).contains("\"status\":200");
        assertThat(cancelledBy).isEmpty();
    }

    @Test
    void aHundredListsAtATimeAreServedOrTurnedAway() {
        List<Integer> answers = IntStream.range(0, 100).parallel().mapToObj(i -> {
            try {
                String answer = send("POST /jolokia", "{\"type\":\"list\"}", logIn());
                return answer.isEmpty() ? 0 : status(answer);
            } catch (IOException e) {
                return 0;
            }
        }).toList();
        assertThat(answers).contains(200).allMatch(status -> List.of(0, 200, 503).contains(status));
    }

    @Test
    void beyondLoopbackItSpeaksTlsOnly() throws Exception {
        Path store = directory.resolve("keys.p12");
        Path password = secret("keys.password", "for the store");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "j", "-keyalg", "EC", "-dname", "CN=j", "-ext", "san=ip:127.0.0.1",
                "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass:file", password.toString())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(keytool.waitFor()).isZero();
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rw-------"));
        endpoint.close();
        properties.setProperty("caravan.jolokia.host", "0.0.0.0");
        properties.setProperty("caravan.jolokia.keystore", store.toString());
        properties.setProperty("caravan.jolokia.keystore-password-file", password.toString());
        endpoint = JolokiaEndpoint.start(properties).orElseThrow();

        KeyStore trusted = KeyStore.getInstance(store.toFile(), "for the store".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port())) {
            assertThat(talk(socket, "POST /jolokia", CANCEL, logIn(), "Origin: https://127.0.0.1:" + port()))
                    .contains("\"status\":200");
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
        }
        assertThat(send("POST /jolokia", CANCEL, logIn())).doesNotContain("200");
        assertThat(cancelledBy).hasSize(1);
    }
}
