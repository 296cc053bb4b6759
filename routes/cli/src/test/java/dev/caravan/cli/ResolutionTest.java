package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.query.OperatorQuery.Runs;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResolutionTest {

    private static JsonNode side(String role, String stage) {
        return JsonNodeFactory.instance.objectNode().put("migrationId", "2f1c").put("role", role)
                .put("host", role.equals("source") ? "alpha" : "beta").put("container", "web").put("source", "alpha")
                .put("destination", "beta").put("stage", stage);
    }

    @Test
    void aDestinationThatIsGoneCanBeGivenUp() {
        Resolution resolution = new Resolution(Runs.SOURCE, List.of(side("source", "committing")));

        assertThat(resolution.refusal()).isEmpty();
        assertThat(resolution.words()).contains("beta does not answer.")
                .anyMatch(line -> line.contains("alpha puts up the link of its frozen copy of web"))
                .anyMatch(line -> line.contains("be sure that it cannot"));
    }

    @Test
    void aSourceThatIsGoneCanBeGivenUp() {
        Resolution resolution = new Resolution(Runs.DESTINATION, List.of(side("destination", "restoring")));

        assertThat(resolution.refusal()).isEmpty();
        assertThat(resolution.words()).contains("alpha does not answer.")
                .anyMatch(line -> line.contains("beta keeps or opens its copy of web"));
    }

    @ParameterizedTest
    @CsvSource({"releasing", "completed"})
    void aContainerThatRunsAtTheDestinationIsNotLetGoOnAtTheSource(String stage) {
        Resolution resolution = new Resolution(Runs.SOURCE,
                List.of(side("source", "committing"), side("destination", stage)));

        assertThat(resolution.refusal()).get().asString().contains("beta says that the container runs there")
                .contains("alpha is committing, beta is " + stage);
    }

    @Test
    void aContainerThatWentOnAtTheSourceIsNotOpenedAtTheDestination() {
        Resolution resolution = new Resolution(Runs.DESTINATION,
                List.of(side("source", "rolled-back"), side("destination", "restoring")));

        assertThat(resolution.refusal()).get().asString().contains("alpha says that the container went on there");
    }

    @Test
    void whatHasEndedNeedsNoResolution() {
        assertThat(new Resolution(Runs.SOURCE, List.of(side("source", "rolled-back"))).refusal()).get().asString()
                .contains("nothing to resolve: alpha is rolled-back");
    }

    @Test
    void anUnknownMigrationIsRefused() {
        assertThat(new Resolution(Runs.SOURCE, List.of()).refusal()).get().asString().contains("no host");
    }
}
