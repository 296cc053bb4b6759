package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program gets that takes the routes alone. */
class EmbeddingTest {
    @ParameterizedTest
    @ValueSource(strings = {"dev/caravan/lab/Lab.class", "dev/caravan/agent/AgentApplication.class",
            "dev/caravan/cli/Caravan.class", "picocli/CommandLine.class", "org/jolokia/jvmagent/JolokiaServer.class"})
    void routesComeWithoutLabAgentAndCommandLine(String notNeeded) {
        assertThat(EmbeddingTest.class.getClassLoader().getResource(notNeeded)).isNull();
    }
}
