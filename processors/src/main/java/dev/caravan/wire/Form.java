package dev.caravan.wire;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The form of documents that are not part of a conversation in which a version is agreed: requests, queries, events,
 * enrolment. There is one so far, in which nothing is said of it; a later one says so in the field {@code version}, and is
 * refused here in words that tell a person what to do rather than by its first unknown field.
 */
public final class Form {
    private static final int READ = 1;

    private Form() {
    }

    /**
     * Requires that a document has a form that is read here.
     *
     * @param what the document, as the beginning of a sentence: {@code the request}
     * @throws MalformedJson if it says that it has another
     */
    public static void require(JsonNode document, String what) throws MalformedJson {
        JsonNode version = document.path("version");
        if (!version.isMissingNode()) {
            throw new MalformedJson(what + " says that its form has version " + Excerpt.value(version)
                    + "; version " + READ + ", which says nothing of it, is read here: upgrade Caravan where this is"
                    + " said, or use the older one to make it");
        }
    }
}
