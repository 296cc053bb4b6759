package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
    @Test
    void aPlatformsRepliesAreRepliesOfAPlatform() {
        assertThat(Addresses.isReplies(Addresses.replies("alpha-1"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"caravan.agent.replies", "caravan.agent..replies", "caravan.agent.-a.replies",
            "caravan.agent.a.b.replies", "caravan.agent.a.control", "caravanXagent.a.replies",
            "caravan.agent.aXreplies"})
    void whatNoPlatformCanBeCalledIsNotAnswered(String address) {
        assertThat(Addresses.isReplies(address)).isFalse();
    }
}
