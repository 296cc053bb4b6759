package dev.caravan.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.journal.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code how-it-works.md} tells the protocol as the code has it, row by row. */
class ProtocolDocumentTest {
    private static final Path DOCUMENT = Path.of("../routes/docs/how-it-works.md");
    private static final String HEAD = "| side | at stage | hears or notices | if | does |\n|---|---|---|---|---|\n";
    private static final int RANGE = 3;

    private final int settling = Settlement.RULES.size();
    private final List<Rule> rules = Protocol.STANDARD.rules();

    @Test
    void theWayForwardIsTheDocuments() throws IOException {
        requireTable("way-forward", rules.subList(settling, rules.size()));
    }

    @Test
    void whatSettlesTheRestIsTheDocuments() throws IOException {
        assertThat(rules.subList(0, settling)).as("what is looked through first").isEqualTo(Settlement.RULES);
        requireTable("settlement", Settlement.RULES);
    }

    /** A table stands between two comments with its name. */
    private static void requireTable(String name, List<Rule> rules) throws IOException {
        String expected = HEAD + rules.stream().map(ProtocolDocumentTest::row).collect(Collectors.joining("\n"));
        String document = Files.readString(DOCUMENT);
        String begin = "<!-- protocol: " + name + " -->";
        String end = "<!-- end of " + name + " -->";
        assertThat(document).as("where the table begins and ends").containsOnlyOnce(begin).containsOnlyOnce(end);
        String table = document.substring(document.indexOf(begin) + begin.length(), document.indexOf(end)).strip();
        assertThat(table.lines().toList()).as("%s is not what the code does. It has to be:%n%n%s%n", begin, expected)
                .isEqualTo(expected.lines().toList());
    }

    private static String row(Rule rule) {
        return "| " + String.join(" | ", rule.role().name().toLowerCase(Locale.ROOT), stages(rule.stages()),
                labels(sorted(rule.events(), Event.class).stream().map(Event::label).toList()), conditions(rule),
                "**" + rule.reaction().name() + "**: " + rule.reaction().words()) + " |";
    }

    private static String conditions(Rule rule) {
        List<String> all = new ArrayList<>(
                sorted(rule.requires(), Condition.class).stream().map(Condition::label).toList());
        sorted(rule.excludes(), Condition.class).forEach(condition -> all.add("not " + condition.label()));
        return labels(all);
    }

    /** Stages that follow one another are told by the first and the last. */
    private static String stages(Set<Stage> stages) {
        List<String> all = new ArrayList<>();
        List<Stage> left = new ArrayList<>(sorted(stages, Stage.class));
        while (!left.isEmpty()) {
            int length = 1;
            while (length < left.size() && left.get(length).ordinal() == left.get(0).ordinal() + length) {
                length++;
            }
            List<Stage> run = left.subList(0, length);
            if (length >= RANGE && !run.get(0).isFinal()) {
                all.add(run.get(0).label() + " to " + run.get(length - 1).label());
            } else {
                run.forEach(stage -> all.add(stage.label()));
            }
            run.clear();
        }
        return labels(all);
    }

    private static <E extends Enum<E>> Set<E> sorted(Collection<E> values, Class<E> type) {
        Set<E> sorted = EnumSet.noneOf(type);
        sorted.addAll(values);
        return sorted;
    }

    private static String labels(List<String> labels) {
        return String.join(", ", labels);
    }
}
