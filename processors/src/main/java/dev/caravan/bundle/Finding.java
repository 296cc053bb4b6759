package dev.caravan.bundle;

/**
 * One thing in a configuration that is not taken.
 *
 * @param pointer where it is: a JSON pointer (RFC 6901), shortened if it is long
 * @param value   what is there, shortened; withheld where it may be a secret
 * @param allowed what is allowed there
 * @param setting the field of the destination's admission policy that would allow it; null if nothing does
 */
public record Finding(String pointer, String value, String allowed, String setting) {

    @Override
    public String toString() {
        return pointer + " is " + value + ": " + allowed
                + (setting == null ? "" : "; \"" + setting + "\" in caravan.admission allows it");
    }
}
