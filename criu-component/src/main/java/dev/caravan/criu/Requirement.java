package dev.caravan.criu;

/**
 * One thing that checkpoint and restore need of a machine.
 *
 * @param name
 *            what it is
 * @param standing
 *            whether it is there
 * @param found
 *            what was found
 * @param why
 *            what it is for
 * @param fix
 *            what to do if it is not there
 */
public record Requirement(String name, Standing standing, String found, String why, String fix) {

    /** Whether a requirement is met. */
    public enum Standing {
        /** It is there. */
        OK,
        /** It is not there; something works less well, or in one mode less. */
        LIMITED,
        /** It is not there; nothing works. */
        MISSING
    }

    /** @return one line for a person */
    public String line() {
        return switch (standing) {
            case OK -> "ok       " + name + ": " + found;
            case LIMITED -> "limited  " + name + ": " + found + "; " + why + "; " + fix;
            case MISSING -> "missing  " + name + ": " + found + "; " + why + "; " + fix;
        };
    }
}
