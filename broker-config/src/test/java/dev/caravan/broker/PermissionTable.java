package dev.caravan.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of {@code README.md} that says who may do what, for the agents alpha and beta. */
final class PermissionTable {
    private static final Path README = Path.of("README.md");
    private static final String HEADING = "| address | kind | send | consume | browse |";
    private static final List<String> AGENTS = List.of("alpha", "beta");

    private PermissionTable() {
    }

    /** A row; those who may are users, who are called like their roles. */
    record Row(String address, boolean topic, Set<String> send, Set<String> consume, Set<String> browse) {
        @Override
        public String toString() {
            return address;
        }
    }

    static List<Row> read() throws IOException {
        return Files.readAllLines(README).stream().dropWhile(line -> !line.equals(HEADING)).skip(2)
                .takeWhile(line -> line.startsWith("|")).flatMap(PermissionTable::rows).toList();
    }

    private static Stream<Row> rows(String line) {
        String[] cells = line.replace("`", "").substring(1).split("\\|");
        Stream<String> names = cells[0].contains("<name>") ? AGENTS.stream() : Stream.of("");
        return names.map(name -> new Row(cells[0].strip().replace("<name>", name), cells[1].strip().equals("topic"),
                users(cells[2], name), users(cells[3], name), users(cells[4], name)));
    }

    private static Set<String> users(String cell, String name) {
        return Arrays.stream(cell.replace("<name>", name).split(",")).map(String::strip)
                .flatMap(who -> switch (who) {
                    case "nobody" -> Stream.of();
                    case "agents" -> AGENTS.stream().map(agent -> "agent-" + agent);
                    default -> Stream.of(known(who));
                }).collect(Collectors.toSet());
    }

    private static String known(String user) {
        if (!TestBroker.USERS.contains(user)) {
            throw new IllegalStateException("README.md names \"" + user + "\", who is none of " + TestBroker.USERS);
        }
        return user;
    }
}
