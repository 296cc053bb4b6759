package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.session.ProtocolVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchHeaderVersionTest {
    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void everyVersionOfTheProtocolHasAHeaderThatIsReadHere(ProtocolVersion protocol) {
        assertThat(protocol.batchHeader()).isEqualTo(BatchHeader.VERSION);
    }
}
