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

    private static final int MAX_TEXT = 80;

    /** At most 80 characters of a text that somebody else wrote, without control characters. */
    static String shortened(String text) {
        String kept = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "…" : text;
        StringBuilder safe = new StringBuilder();
        kept.codePoints().forEach(character -> {
            int type = Character.getType(character);
            boolean odd = Character.isISOControl(character) || type == Character.FORMAT
                    || type == Character.SURROGATE || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR;
            safe.appendCodePoint(odd ? '?' : character);
        });
        return safe.toString();
    }

    @Override
    public String toString() {
        return pointer + " is " + value + ": " + allowed
                + (setting == null ? "" : "; \"" + setting + "\" in caravan.admission allows it");
    }
}
