package dev.caravan.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A mark in the environment of every process of a lab, and of what they start. Containers do not have it, for a
 * container's environment is its own.
 *
 * @param run the lab's run directory, which no other lab shares
 */
record LabMark(Path run) {
    private static final String VARIABLE = "CARAVAN_LAB";

    void put(Map<String, String> environment) {
        environment.put(VARIABLE, run.toString());
    }

    /**
     * Runs a program that takes a while and must succeed; if this one is killed meanwhile, that one is found by its mark.
     *
     * @throws LabFailed with what it printed if it fails
     */
    String run(List<String> command) {
        List<String> marked = new ArrayList<>(List.of("env", VARIABLE + "=" + run));
        marked.addAll(command);
        return Program.run(marked.toArray(String[]::new));
    }

    /** Every running process with the mark but this one. */
    List<ProcessIdentity> processes() {
        String wanted = VARIABLE + "=" + run;
        long self = ProcessHandle.current().pid();
        return ProcessHandle.allProcesses().map(ProcessHandle::pid).filter(pid -> pid != self)
                .filter(pid -> List.of(environment(pid).split("\0")).contains(wanted)).map(ProcessIdentity::of)
                .flatMap(Optional::stream).toList();
    }

    private static String environment(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** Kills them all, and those that they start meanwhile. */
    void killAll() {
        int rounds = 0;
        for (List<ProcessIdentity> left = processes(); !left.isEmpty(); left = processes()) {
            if (++rounds > 100) {
                throw new LabFailed("processes of the lab are started faster than they are killed: " + left);
            }
            left.forEach(process -> process.signal(true));
            left.forEach(ProcessIdentity::kill);
        }
    }
}
