package dev.caravan.session;

/**
 * What agents say to each other, by version. A migration uses the highest version that both its agents speak, from the
 * hellos on; {@link ProtocolVersions} tells how they agree.
 *
 * <p>Readers are strict, so that nothing is half understood: a type of message, a field or a value that a version does not
 * have is sent only in a migration of a version that has it, and is left out otherwise. Never changed, since they are read
 * before a version is agreed: the envelope of control messages ({@code type, migrationId, from, to, sentAt, body}), where
 * an offer has {@code hello.version}, {@code hello.nonce} and {@code hello.ownerChain}, and the body of an abort.
 *
 * <p>An agent of one release speaks the versions of the release before, so that platforms can be upgraded one after the
 * other.
 */
public enum ProtocolVersion {
    /** As Caravan was first released. */
    V1(1),
    /** Life signs; a source whose own copy is lost asks what the destination holds; an abort undoes a commit. */
    V2(1);

    private final int batchHeader;

    ProtocolVersion(int batchHeader) {
        this.batchHeader = batchHeader;
    }

    /** The version of that {@linkplain #number number}. */
    public static ProtocolVersion of(int number) {
        if (number < 1 || number > values().length) {
            throw new IllegalArgumentException("version " + number + " of the protocol between agents is unknown; "
                    + ProtocolVersions.OURS.sentence() + " are spoken");
        }
        return values()[number - 1];
    }

    /** As it is written in hellos and in the journal. */
    public int number() {
        return ordinal() + 1;
    }

    /** The version of the batches' headers. */
    public int batchHeader() {
        return batchHeader;
    }

    /** Whether what {@code other} has is there in this version, too. */
    public boolean includes(ProtocolVersion other) {
        return compareTo(other) >= 0;
    }
}
