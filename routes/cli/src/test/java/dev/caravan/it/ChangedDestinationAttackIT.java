package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A destination that changes after it was found trustworthy, while it has the container's memory already. */
@ExtendWith(RealLab.class)
@Timeout(180)
class ChangedDestinationAttackIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String NAME = "kept";
    /** For the operating system's use, so that no firmware's value is disturbed. */
    private static final int PCR = 12;

    private final TestLab lab;

    ChangedDestinationAttackIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @Test
    void aPcrThatNoPolicyPinsAndThatChangesBetweenTheQuotesKeepsTheContainerAtItsSource() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        Path policy = lab.policy(ALPHA);
        byte[] before = Files.readAllBytes(policy);
        restart(ALPHA, () -> Files.write(policy, quotedWithAnyValue(before)));
        TpmProxy[] proxy = new TpmProxy[1];
        restart(BETA, () -> proxy[0] = new TpmProxy(lab.tpmSocket(BETA), PCR));
        try {
            CommandResult result = lab.migrate(NAME, BETA);

            assertThat(result.json().path("outcome").asText()).as(result.toString()).isEqualTo("refused");
            assertThat(result.exitCode()).isEqualTo(3);
            assertThat(result.json().path("error").asText()).isEqualTo("destination-changed");
            assertThat(result.json().path("reason").asText()).contains(BETA, "PCR " + PCR + " changed between");
            assertThat(result.json().at("/attestation/destination/verdict").asText()).isEqualTo("affirming");
            // one more if the change came between reading the values and quoting them
            assertThat(proxy[0].quotes()).isBetween(2, 3);
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> lab.assertOnlyAt(ALPHA, NAME));
        } finally {
            restart(BETA, proxy[0]::close);
            restart(ALPHA, () -> Files.write(policy, before));
        }
    }

    private static byte[] quotedWithAnyValue(byte[] policy) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode changed = (ObjectNode) json.readTree(policy);
        ((ObjectNode) changed.path("pcrs")).putArray(String.valueOf(PCR));
        return json.writeValueAsBytes(changed);
    }

    private interface Change {
        void make() throws Exception;
    }

    private void restart(String host, Change change) throws Exception {
        lab.lab().kill("agent-" + host);
        change.make();
        lab.lab().start("agent-" + host);
    }
}
