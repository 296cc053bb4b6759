package dev.caravan.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every interleaving of two sides that keep to the protocol. The link loses, repeats and reorders; each side may crash
 * between any two actions, or its machine restart; an action may fail, and somebody may cancel, at any time. In every state
 * at most one copy can run and at least one exists; and from every state, if nothing more goes wrong, it ends with one
 * running copy and nothing left behind.
 */
class ProtocolExplorationTest {
    /** Of each side; a shorter walk: {@code -Dcaravan.explore.crashes=1}. */
    private static final int CRASHES = Integer.getInteger("caravan.explore.crashes", 2);

    @Test
    void neverTwoCopiesNeverNoneAndEveryStateSettles() {
        int states = new Explorer(Protocol.STANDARD).explore(CRASHES, 1, 1);
        System.out.printf("hand-over: %,d states with up to %d crashes a side, a failing action and a cancel%n", states,
                CRASHES);
        // a walk that stopped short would prove nothing
        assertThat(states).isGreaterThan(800_000);
    }

    static Stream<Arguments> mutants() {
        return Mutants.all().entrySet().stream().map(mutant -> Arguments.of(mutant.getKey(), mutant.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void aFaultInTheProtocolIsFound(String what, Protocol faulty) {
        assertThatThrownBy(() -> new Explorer(faulty).explore(1, 1, 0)).as(what).isInstanceOf(Explorer.Found.class);
    }
}
