package dev.caravan.crypto;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.crypto.SecretKey;

/**
 * A key as a cipher or MAC takes it, which keeps hold of every copy that the cipher asks for: some providers keep theirs
 * for as long as they live. {@link #destroy} erases them; whoever uses the cipher must have let go of it before, or it
 * would go on with a key of zeros. Not thread-safe.
 */
public final class LentKey implements SecretKey {

    private static final long serialVersionUID = 1L;

    private final String algorithm;
    private final transient Supplier<byte[]> copies;
    private final ArrayList<byte[]> lent = new ArrayList<>();

    /** @param copies gives a new copy of the key's bytes at each call */
    public LentKey(String algorithm, Supplier<byte[]> copies) {
        this.algorithm = algorithm;
        this.copies = copies;
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    @Override
    public byte[] getEncoded() {
        byte[] copy = copies.get();
        // the JDK's ciphers ask for one at each use, and erase it themselves
        lent.removeIf(LentKey::isErased);
        lent.add(copy);
        return copy;
    }

    @Override
    public void destroy() {
        lent.forEach(copy -> Arrays.fill(copy, (byte) 0));
        lent.clear();
    }

    @Override
    public String toString() {
        return "LentKey[" + algorithm + "]";
    }

    private static boolean isErased(byte[] copy) {
        int any = 0;
        for (byte b : copy) {
            any |= b;
        }
        return any == 0;
    }

    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("a key stays in memory");
    }
}
