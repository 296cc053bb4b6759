package dev.caravan.criu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Answers commands by a rule and remembers them. */
final class FakeExecutor implements CommandExecutor {

    /** What to answer. */
    @FunctionalInterface
    interface Rule {
        CommandOutcome answer(Command command) throws IOException, TimeoutException;
    }

    final List<Command> seen = new ArrayList<>();
    private final Rule rule;

    FakeExecutor(Rule rule) {
        this.rule = rule;
    }

    static CommandOutcome fine(String output) {
        return new CommandOutcome(0, output, "");
    }

    static CommandOutcome failed(String errors) {
        return new CommandOutcome(1, "", errors);
    }

    @Override
    public CommandOutcome run(Command command) throws IOException, TimeoutException {
        seen.add(command);
        return rule.answer(command);
    }
}
