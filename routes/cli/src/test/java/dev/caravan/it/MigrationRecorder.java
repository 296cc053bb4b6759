package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.it.BrokerTap.Heard;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Records a migration of this version, for the tests that later versions still understand it: what the two agents and the
 * operator said, and both journals. Not a test of its own: it runs only when it is asked for by name, see the page of the
 * recordings.
 */
@ExtendWith(RealLab.class)
@Timeout(300)
class MigrationRecorder {
    /** The largest batches are left out but for their headers: what is in them is sealed. */
    private static final int WHOLE_BATCH = 4096;
    private static final int BATCH_HEADER = 44;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestLab lab;

    MigrationRecorder(TestLab lab) {
        this.lab = lab;
    }

    @Test
    void record() throws Exception {
        Path target = Files.createDirectories(Path.of(System.getProperty("caravan.recording")));
        System.setProperty(BrokerTap.PROPERTY, "");
        lab.lab().kill("broker");
        try (EmbeddedBroker broker = EmbeddedBroker.from(brokerSettings())) {
            broker.start();
            Awaitility.await().atMost(PATIENCE).until(() -> lab.caravan("list", "--json").json().toString()
                    .contains(BETA) || lab.caravan("attest", BETA, "--json").exitCode() == 0);
            lab.run(ALPHA, "recorded", null, "/bin/sleep", "600");
            BrokerTap.heard().clear();
            CommandResult moved = lab.migrate("recorded", BETA);
            assertThat(moved.exitCode()).as(moved.toString()).isZero();
            assertThat(lab.caravan("status", moved.json().path("migrationId").asText(), "--json").exitCode()).isZero();
            assertThat(lab.caravan("attest", BETA, "--json").exitCode()).isZero();
            writeMessages(target, List.copyOf(BrokerTap.heard()));
        } finally {
            System.clearProperty(BrokerTap.PROPERTY);
            lab.lab().start("broker");
        }
        lab.clear();
        for (String host : List.of(ALPHA, BETA)) {
            copyJournal(journal(host), target.resolve("journal-" + host.replace("it-", "") + ".db"));
        }
        Path trust = Path.of(lab.operator().getProperty("caravan.trust"));
        for (String file : List.of("hardware-ca.pem", "owner-ca.pem")) {
            Files.write(target.resolve(file), Files.readAllBytes(trust.resolve(file)));
        }
    }

    private Properties brokerSettings() throws Exception {
        Properties settings = new Properties();
        try (Reader in = Files.newBufferedReader(lab.lab().plan().home().resolve("broker/broker.properties"))) {
            settings.load(in);
        }
        return settings;
    }

    private Path journal(String host) {
        return lab.bundle(host, "any").resolveSibling("..").normalize().resolve("journal.db");
    }

    private static void copyJournal(Path from, Path to) throws Exception {
        Files.deleteIfExists(to);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + from);
                Statement statement = connection.createStatement()) {
            statement.execute("vacuum into '" + to + "'");
        }
    }

    private static void writeMessages(Path target, List<Heard> heard) throws Exception {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Heard one : heard) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("address", one.address());
            message.put("headers", one.headers());
            if (one.address().endsWith(".batches")) {
                boolean whole = one.body().length <= WHOLE_BATCH;
                message.put("bytes", one.body().length);
                message.put("base64", Base64.getEncoder()
                        .encodeToString(whole ? one.body() : Arrays.copyOf(one.body(), BATCH_HEADER)));
            } else {
                message.put("text", text(one.body()));
            }
            messages.add(message);
        }
        Files.write(target.resolve("messages.json"), new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)
                .writeValueAsBytes(messages));
    }

    private static String text(byte[] body) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    }
}
