package dev.caravan.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrationRequestTest {
    private static MigrationRequest request(Instant issued, Instant expires) {
        return new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy", issued, expires);
    }

    private static String json() {
        Instant now = Instant.parse("2026-11-01T00:00:00Z");
        return new String(request(now, now.plusSeconds(60)).toJson(), StandardCharsets.UTF_8);
    }

    private static MigrationRequest parse(String json) {
        return MigrationRequest.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aRequestKeepsItsMeaningOnTheWay() {
        MigrationRequest request = request(Instant.now(), Instant.now().plusSeconds(60));
        assertThat(MigrationRequest.parse(request.toJson())).isEqualTo(request);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                            "container":"web"      | "container":"a/b"     | container is "a/b"
                                            "container":"web"      | "container":5         | container is 5
                                            "container":"web",     |                       | container
                                            "destination":"beta"   | "destination":"-"     | destination is "-"
                                            "destination":"beta"   | "destination":"alpha" | which is the source too
                                            "mode":"stopcopy"      | "mode":"teleport"     | stopcopy
                                            "mode":"stopcopy"      | "mode":"stopcopy","extra":1 | extra
                                            "mode":"stopcopy"      | "mode":"stopcopy","mode":"stopcopy" | Duplicate
                                            2026-11-01T00:01:00Z   | 2026-11-09T00:00:00Z  | at most a day
                                            2026-11-01T00:01:00Z   | 2026-10-01T00:00:00Z  | must be after issuedAt
                                            """)
    void aWrongFieldIsNamedWithWhatIsAllowed(String right, String wrong, String named) {
        assertThatThrownBy(() -> parse(json().replace(right, wrong == null ? "" : wrong)))
                .isInstanceOf(RequestRejected.class).hasMessageContaining(named);
    }

    @Test
    void whatIsNoJsonOrTooLongIsRefused() {
        assertThatThrownBy(() -> parse("")).isInstanceOf(RequestRejected.class);
        assertThatThrownBy(() -> parse("{")).isInstanceOf(RequestRejected.class).hasMessageContaining("not JSON");
        assertThatThrownBy(() -> parse("[]")).isInstanceOf(RequestRejected.class);
        assertThatThrownBy(() -> parse(json() + " ".repeat(MigrationRequest.MAX_BYTES)))
                .isInstanceOf(RequestRejected.class).hasMessageContaining("at most");
    }

    @Test
    void onlyACurrentRequestMayBeStarted() {
        request(Instant.now(), Instant.now().plusSeconds(60)).requireCurrent(Instant.now());
        assertThatThrownBy(
                () -> request(Instant.now().minusSeconds(60), Instant.now().minusSeconds(1))
                        .requireCurrent(Instant.now()))
                .isInstanceOf(RequestRejected.class).hasMessageContaining("ask again");
        assertThatThrownBy(
                () -> request(Instant.now().plusSeconds(3600), Instant.now().plusSeconds(7200))
                        .requireCurrent(Instant.now()))
                .hasMessageContaining("set the clocks by NTP");
    }

    @Test
    void aSourceWhoseClockIsAheadNamesBothTimesAndTheDifference() {
        Instant asked = Instant.parse("2026-11-01T00:00:00Z");
        assertThatThrownBy(() -> request(asked, asked.plusSeconds(120)).requireCurrent(asked.plusSeconds(600)))
                .hasMessageContainingAll("expiresAt is 2026-11-01T00:02:00Z", "at alpha it is 2026-11-01T00:10:00Z",
                        "480 s later", "set both by NTP, or set expiresAt as much later");
    }

    @Test
    void hostsWhoseClocksAreTenMinutesApartTakeEachOthersRequests() {
        Instant now = Instant.now();
        for (Instant there : List.of(now.plusSeconds(600), now.minusSeconds(600))) {
            MigrationRequest request = request(now, now.plusSeconds(120));
            request.requireFresh("beta", now, there);
        }
        request(now, now.plusSeconds(120)).requireCurrent(now.minusSeconds(600));
    }

    @Test
    void aDestinationTakesNoRequestThatHasExpiredWhateverItsSourceThinks() {
        Instant now = Instant.now();
        request(now.minusSeconds(60), now.minusSeconds(1)).requireFresh("beta", now, now);
        MigrationRequest hoarded = request(now.minusSeconds(7200), now.minusSeconds(3600));
        assertThatThrownBy(() -> hoarded.requireFresh("beta", now, now)).isInstanceOf(RequestRejected.class)
                .hasMessageContainingAll("expiresAt is " + hoarded.expiresAt(), "at beta", "ask again")
                .hasMessageNotContaining("clock");
        assertThat(hoarded.isVoidFrom()).isAfter(hoarded.expiresAt());
    }

    @Test
    void clocksThatDifferAreNamedWithTheirDifference() {
        Instant now = Instant.now();
        assertThatThrownBy(() -> request(now.minusSeconds(3660), now.minusSeconds(3540)).requireFresh("beta",
                now.minusSeconds(3600), now)).hasMessageContainingAll("by its own clock, 3600 s before it came to beta",
                        "set the clocks of the two by NTP");
        assertThatThrownBy(() -> request(now.plusSeconds(3600), now.plusSeconds(3720)).requireFresh("beta",
                now.plusSeconds(3605), now)).hasMessageContainingAll("earlier",
                        "after it came to beta", "set the clocks of the two by NTP");
    }
}
