package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.Redis;
import dev.caravan.event.MigrationEvents;
import dev.caravan.lab.LabContainer;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.KeyStore;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** While a container moves, a page elsewhere tries to cancel by the cookie of whoever is logged in; then that one does. */
@ExtendWith(RealLab.class)
@Timeout(180)
class ConsoleAttackIT {
    private static final String NAME = "watched-over";
    private static final int DATA_MIB = 64;
    private static final int PATIENCE_SECONDS = 60;

    private final TestLab lab;
    private final CookieManager cookies = new CookieManager();
    private HttpClient http;

    ConsoleAttackIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    private SSLContext trust() throws Exception {
        char[] password = Files.readString(lab.lab().trustStorePassword()).strip().toCharArray();
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(lab.lab().trustStore().toFile(), password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(lab.lab().consoleUrl()).resolve(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private String token() {
        return cookies.getCookieStore().getCookies().stream().filter(cookie -> cookie.getName().equals("XSRF-TOKEN"))
                .findFirst().orElseThrow().getValue();
    }

    private void logIn() throws Exception {
        http = HttpClient.newBuilder().cookieHandler(cookies).sslContext(trust()).build();
        Matcher token = Pattern.compile("name=\"_csrf\" type=\"hidden\" value=\"([^\"]+)\"")
                .matcher(send(request("/login")).body());
        assertThat(token.find()).isTrue();
        String password = Files.readString(lab.lab().consolePassword()).strip();
        send(request("/login").header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("username=caravan&password=" + password + "&_csrf="
                        + URLEncoder.encode(token.group(1), StandardCharsets.UTF_8))));
        assertThat(send(request("/")).statusCode()).isEqualTo(200);
    }

    /** Where the console passes on what is meant for the source's agent. */
    private String proxied() throws IOException, InterruptedException {
        JsonNode agent = new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(send(request("/agents.json")).body())
                .path(ALPHA);
        return "/hawtio/proxy/" + agent.path("scheme").asText() + "/" + agent.path("host").asText() + "/"
                + agent.path("port").asText() + agent.path("path").asText();
    }

    @Test
    void onlyAPostWithTheTokenCancelsAndTheReasonNamesTheUser() throws Exception {
        logIn();
        String jolokia = proxied();
        LabContainer redis = lab.run(ALPHA, NAME, null);
        try (Redis server = Redis.whenReady(redis.address())) {
            server.fill(DATA_MIB);
        }
        CompletableFuture<UUID> started = new CompletableFuture<>();
        try (OperatorMailbox mailbox = new OperatorMailbox(lab, event -> {
            JsonNode data = event.path("data");
            if (event.path("type").asText().equals(MigrationEvents.TRANSITION)
                    && data.path("container").asText().equals(NAME)
                    && data.path("stage").asText().equals("attesting")) {
                started.complete(UUID.fromString(data.path("migrationId").asText()));
            }
        })) {
            CompletableFuture<CommandResult> migration = CompletableFuture.supplyAsync(() -> lab.migrate(NAME, BETA));
            UUID id = started.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String bean = "dev.caravan:type=Migration,name=" + id;
            String cancel = "{\"type\":\"exec\",\"mbean\":\"" + bean + "\",\"operation\":\"cancel\"}";

            assertThat(send(request(jolokia + "/exec/" + bean + "/cancel").header("Origin", "http://evil.example")
                    .header("Referer", "http://evil.example/").header("Sec-Fetch-Site", "cross-site")).statusCode())
                    .isEqualTo(403);
            assertThat(send(request(jolokia + "/exec/" + bean + "/cancel?callback=x")).statusCode()).isEqualTo(405);
            assertThat(send(request(jolokia).POST(BodyPublishers.ofString(cancel))).statusCode()).isEqualTo(403);
            assertThat(send(request(jolokia + "/read/" + bean + "/Stage")).body()).contains("\"status\":200")
                    .doesNotContain("cancelled").doesNotContain("rolling-back");

            assertThat(send(request(jolokia).header("X-XSRF-TOKEN", token()).POST(BodyPublishers.ofString(cancel)))
                    .body()).contains("\"status\":200");
            CommandResult result = migration.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(result.json().path("outcome").asText()).as(result.toString()).isEqualTo("cancelled");
            assertThat(result.json().path("reason").asText()).isEqualTo("cancelled by caravan (console)");
        }
        lab.assertOnlyAt(ALPHA, NAME);
        assertThat(lab.lab().logs("agent-" + ALPHA, 200)).contains("is cancelled by caravan (console)");
    }
}
