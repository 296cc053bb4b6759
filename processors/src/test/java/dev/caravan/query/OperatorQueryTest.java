package dev.caravan.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caravan.tpm.PcrSelection;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorQueryTest {
    @Test
    void aQueryKeepsItsMeaningOnTheWay() {
        OperatorQuery query = OperatorQuery.of(OperatorQuery.Kind.CANCEL, "alpha", UUID.randomUUID());
        assertThat(OperatorQuery.parse(query.toJson())).isEqualTo(query);
        OperatorQuery attestation = OperatorQuery.attest("alpha", PcrSelection.of(0, 7, 11));
        assertThat(OperatorQuery.parse(attestation.toJson())).isEqualTo(attestation);
        OperatorQuery order = OperatorQuery.resolve(UUID.randomUUID(), OperatorQuery.Runs.SOURCE);
        assertThat(OperatorQuery.parse(order.toJson())).isEqualTo(order);
    }

    @Test
    void itConcernsTheHostThatItNames() {
        OperatorQuery query = OperatorQuery.of(OperatorQuery.Kind.LIST, "alpha", null);
        assertThat(query.concerns("alpha")).isTrue();
        assertThat(query.concerns("beta")).isFalse();
        assertThat(OperatorQuery.of(OperatorQuery.Kind.LIST, null, null).concerns("beta")).isTrue();
    }

    @Test
    void aHostWhoseClockIsTenMinutesAheadServesItAndOneThatIsFurtherSaysByHowMuch() {
        OperatorQuery query = OperatorQuery.of(OperatorQuery.Kind.LIST, "alpha", null);
        assertThat(query.whyStale("alpha", query.expiresAt().plusSeconds(600))).isEmpty();
        assertThat(query.whyStale("alpha", query.expiresAt().minusSeconds(3600))).isEmpty();
        assertThat(query.whyStale("alpha", query.expiresAt().plusSeconds(3600))).get().asString()
                .contains("expired at " + query.expiresAt(), "at alpha it is " + query.expiresAt().plusSeconds(3600),
                        "3600 s later", "15 minutes are allowed", "set both by NTP");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"kind\":\"list\"}", "{\"kind\":\"cancel\",\"kind\":\"list\"}",
            "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"kind\":\"cancel\",\"expiresAt\":\"2030-01-01T00:00:00Z\"}",
            "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"kind\":\"attest\",\"pcrs\":[24],"
                    + "\"expiresAt\":\"2030-01-01T00:00:00Z\"}",
            "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"kind\":\"resolve\",\"runs\":\"source\","
                    + "\"expiresAt\":\"2030-01-01T00:00:00Z\"}",
            "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"kind\":\"resolve\","
                    + "\"migrationId\":\"00000000-0000-0000-0000-000000000000\",\"expiresAt\":\"2030-01-01T00:00:00Z\"}",
            "{\"unknown\":1}"})
    void whatIsNoQueryIsRefused(String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OperatorQuery.parse(json.getBytes(StandardCharsets.UTF_8)));
    }
}
