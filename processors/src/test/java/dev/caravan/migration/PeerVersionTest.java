package dev.caravan.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlType;
import dev.caravan.journal.Role;
import dev.caravan.session.ProtocolVersion;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a migration may say depends on the version that its two agents have agreed on. */
class PeerVersionTest {
    private final Migration destination = new DestinationMigration(UUID.randomUUID(), "web", "alpha", "beta");

    @Test
    void untilTheyHaveAgreedOnlyTheFirstVersionIsSpoken() {
        assertThat(destination.protocol()).isEqualTo(ProtocolVersion.V1);
        assertThat(destination.peerKnows(ControlType.QUERY)).isTrue();
    }

    /** A destination of the first version would answer a source's query as if itself were the source, by an abort. */
    @Test
    void aSourceAsksOnlyADestinationThatUnderstandsTheQuestion() {
        assertThat(ControlType.QUERY.since(Role.SOURCE)).isEqualTo(ProtocolVersion.V2);
        assertThat(ControlType.QUERY.since(Role.DESTINATION)).isEqualTo(ProtocolVersion.V1);
    }

    @Test
    void aLaterVersionIncludesTheEarlier() {
        destination.protocol(ProtocolVersion.V2);
        for (ControlType type : ControlType.values()) {
            assertThat(destination.peerKnows(type)).as(type.label()).isTrue();
        }
        assertThat(ProtocolVersion.V1.includes(ProtocolVersion.V2)).isFalse();
    }
}
