package dev.caravan.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.attestation.Evidence;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Attested;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Proof;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlRejected;
import dev.caravan.control.ControlType;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.query.OperatorQuery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every record that is read from another party's JSON: refused by its declared exception, whatever stands in it. */
class WireJsonAttackTest {
    private static final UUID ID = UUID.randomUUID();

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(classes = {Offer.class, Answer.class, Proof.class, Attested.class, Held.class, Reason.class})
    void aControlBodyWithoutWhatItNeedsIsRefused(Class<?> type) {
        for (String body : new String[]{"{}", "[]", "7", "\"x\"", "{\"hello\":null}", "{\"unknown\":1}",
                "{\"evidence\":null,\"confirmation\":null,\"destination\":null}", "{\"evidence\":[1]}",
                "{\"hello\":{\"version\":null}}", "{\"hello\":[]}", "{\"source\":{\"verdict\":null}}",
                "{\"error\":null,\"reason\":null,\"refused\":null}", "{\"evidence\":\"%\"}"}) {
            ControlMessage message = message(body);
            assertThatThrownBy(() -> ControlCodec.body(message, type)).as(body).isInstanceOf(ControlRejected.class)
                    .hasMessageNotContaining("dev.caravan.").hasMessageNotContaining("java.");
        }
    }

    private static ControlMessage message(String body) {
        try {
            return new ControlMessage(ControlType.HELD, ID, "beta", "alpha", Instant.now(), WireJson.tree(bytes(body)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{\"type\":0}", "{\"type\":\"held\",\"type\":\"held\"}",
            "{\"type\":\"HELD\"}", "{\"type\":\"\"}"})
    void whatIsNoControlMessageIsRefused(String json) {
        assertThatThrownBy(() -> ControlCodec.decode(bytes(json), "alpha")).isInstanceOf(ControlRejected.class);
    }

    @Test
    void aControlMessageWhoseBodyIsNullIsRefused() {
        for (String body : new String[]{"null", "7", "\"x\"", "[]"}) {
            String json = "{\"type\":\"held\",\"migrationId\":\"" + ID + "\",\"from\":\"beta\",\"to\":\"alpha\","
                    + "\"sentAt\":\"2026-01-01T00:00:00Z\",\"body\":" + body + "}";
            assertThatThrownBy(() -> ControlCodec.decode(bytes(json), "alpha")).isInstanceOf(ControlRejected.class)
                    .hasMessageContaining("body");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"kind\":\"LIST\"", "\"kind\":3", "\"kind\":null", "\"kind\":\"\"",
            "\"kind\":\"list\",\"host\":\"alpha\\n\"", "\"kind\":\"list\",\"host\":\"\"",
            "\"kind\":\"list\",\"host\":5", "\"kind\":\"list\",\"x\":1", "\"kind\":\"cancel\",\"migrationId\":\"\"",
            "\"kind\":\"cancel\",\"migrationId\":\"1-1-1-1-1\"",
            "\"kind\":\"cancel\",\"migrationId\":\"AAAAAAAAAAAAAAAAAAAAAA==\"", "\"kind\":\"attest\",\"pcrs\":[null]",
            "\"kind\":\"attest\",\"pcrs\":[1.9]", "\"kind\":\"attest\",\"pcrs\":[\"7\"]",
            "\"kind\":\"attest\",\"pcrs\":[-1]", "\"kind\":\"attest\",\"pcrs\":7"})
    void aQueryOfAnotherFormIsRefused(String fields) {
        String json = "{\"id\":\"" + ID + "\",\"expiresAt\":\"2030-01-01T00:00:00Z\"," + fields + "}";
        assertThatThrownBy(() -> OperatorQuery.parse(bytes(json))).isInstanceOf(IllegalArgumentException.class)
                .isNotInstanceOf(NumberFormatException.class).hasMessageNotContaining("java.")
                .hasMessageNotContaining("dev.caravan.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "5", "{\"type\":\"enrol\",\"ekCertificate\":\"AA-_\"}",
            "{\"type\":\"enrol\",\"ekCertificate\":\"A A=\"}", "{\"type\":\"enrol\",\"ekCertificate\":[1,2,3]}",
            "{\"type\":\"activate\",\"id\":\"\"}", "{\"type\":\"trust\",\"x\":1}", "{\"type\":5}"})
    void whatIsNoEnrolmentMessageIsRefused(String json) {
        assertThatThrownBy(() -> EnrolmentRequest.parse(bytes(json))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("java.").hasMessageNotContaining("dev.caravan.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "{\"pcrs\":null}", "{\"pcrs\":{\"x\":\"AA==\"}}",
            "{\"aikCertificate\":\"AA==\",\"platformCertificate\":\"AA==\",\"attest\":\"AA==\",\"signature\":\"AA==\","
                    + "\"pcrs\":{\"7\":null}}",
            "{\"aikCertificate\":\"AA==\",\"x\":1}"})
    void whatIsNoEvidenceIsRefused(String json) {
        assertThatThrownBy(() -> Evidence.parse(bytes(json))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "{\"architecture\":\"amd64\",\"config\":\"AA==\"}",
            "{\"architecture\":\"amd64\",\"config\":\"AA==\",\"network\":{},\"memoryBytes\":1,\"rootfsBytes\":1}",
            "{\"architecture\":\"amd64\",\"config\":\"AA==\",\"network\":{\"name\":\"eth0\",\"mac\":"
                    + "\"02:00:00:00:00:01\",\"mtu\":1500,\"addresses\":[null],\"gateways\":[]},\"memoryBytes\":1,"
                    + "\"rootfsBytes\":1}",
            "{\"architecture\":\"amd64\",\"config\":\"AA==\",\"memoryBytes\":null,\"rootfsBytes\":1}"})
    void whatIsNoDescriptionIsRefused(String json) {
        assertThatThrownBy(() -> ContainerDescription.parse(bytes(json))).isInstanceOf(IOException.class);
    }

    @Test
    void whatAnotherPartySaysIsQuotedOnOneShortLine() {
        assertThat(Excerpt.reason("a\nWARN forged\u001b[2Jb\u202e")).isEqualTo("a?WARN forged?[2Jb?");
        assertThat(Excerpt.reason("x".repeat(200_000))).hasSize(Excerpt.REASON).endsWith("…");
        assertThat(Excerpt.of("x".repeat(9) + "🐫x", 11)).isEqualTo("x".repeat(9) + "…");
        assertThat(Excerpt.reason(null)).isEmpty();
        assertThat(new Reason("e".repeat(999), "x".repeat(200_000), false, null).reason()).hasSize(Excerpt.REASON);
    }
}
