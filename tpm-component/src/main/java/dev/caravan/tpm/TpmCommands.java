package dev.caravan.tpm;

import java.io.Closeable;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tss.tpm.CreateResponse;
import tss.tpm.TPM2B_PRIVATE;
import tss.tpm.TPML_HANDLE;
import tss.tpm.TPMS_ID_OBJECT;
import tss.tpm.TPMS_PCR_SELECTION;
import tss.tpm.TPMS_SENSITIVE_CREATE;
import tss.tpm.TPMS_SIG_SCHEME_ECDSA;
import tss.tpm.TPMT_HA;
import tss.tpm.TPMT_PUBLIC;
import tss.tpm.TPMT_SYM_DEF;
import tss.tpm.TPMT_TK_HASHCHECK;
import tss.tpm.TPM_ALG_ID;
import tss.tpm.TPM_CAP;
import tss.tpm.TPM_HANDLE;
import tss.tpm.TPM_SE;

/**
 * The TPM commands that Caravan needs, over one connection, for one thread. Whatever is loaded is flushed before a
 * method ends, since a TPM may have only three transient slots.
 */
final class TpmCommands implements Closeable {
    static {
        try {
            // TPM_HC of TSS.Java cannot be initialised before it
            Class.forName("tss.tpm.ImplementationConstants");
        } catch (ClassNotFoundException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int FIRST_TRANSIENT = 0x80000000;
    private static final int FIRST_LOADED_SESSION = 0x02000000;
    private static final int MANY_HANDLES = 64;
    private static final int NV_CHUNK_BYTES = 1024;
    private static final int MAX_CERTIFICATE_BYTES = 16 * 1024;
    private static final int PCRS_PER_READ = 8;
    private static final int QUOTE_ATTEMPTS = 5;
    private static final int NONCE_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final TssDevice device;

    /** What is done with a loaded key. */
    interface WithHandle<T> {
        T run(TPM_HANDLE handle) throws QuoteRejected;
    }

    TpmCommands(TpmTransport transport) {
        device = new TssDevice(transport);
    }

    /**
     * Flushes what a user that was killed left loaded: swtpm keeps it. The kernel's resource manager shows each user
     * its own handles only, so nothing of another program is touched.
     */
    void flushLeftovers() {
        for (int first : new int[]{FIRST_TRANSIENT, FIRST_LOADED_SESSION}) {
            var found = tpm().GetCapability(TPM_CAP.HANDLES, first, MANY_HANDLES).capabilityData;
            for (TPM_HANDLE handle : ((TPML_HANDLE) found).handle) {
                flush(handle);
            }
        }
    }

    /** Makes a key below the storage root key. */
    TpmKey create(TPMT_PUBLIC template) {
        TPM_HANDLE root = primary(TPM_HANDLE.OWNER, KeyTemplates.storageRootKey());
        try {
            CreateResponse created = tpm().Create(root, noSecret(), template, new byte[0], new TPMS_PCR_SELECTION[0]);
            return new TpmKey(created.outPublic.toBytes(), created.outPrivate.buffer);
        } finally {
            flush(root);
        }
    }

    /** Seals data below the storage root key. */
    SealedData seal(byte[] data) {
        TPM_HANDLE root = primary(TPM_HANDLE.OWNER, KeyTemplates.storageRootKey());
        try {
            CreateResponse created = tpm().Create(root, new TPMS_SENSITIVE_CREATE(new byte[0], data),
                    KeyTemplates.sealedData(), new byte[0], new TPMS_PCR_SELECTION[0]);
            return new SealedData(created.outPublic.toBytes(), created.outPrivate.buffer);
        } finally {
            flush(root);
        }
    }

    byte[] unseal(SealedData sealed) {
        TPM_HANDLE root = primary(TPM_HANDLE.OWNER, KeyTemplates.storageRootKey());
        TPM_HANDLE handle;
        try {
            handle = tpm().Load(root, new TPM2B_PRIVATE(sealed.privateBlob()),
                    TPMT_PUBLIC.fromBytes(sealed.publicArea()));
        } finally {
            flush(root);
        }
        try {
            return tpm().Unseal(handle);
        } finally {
            flush(handle);
        }
    }

    /** Loads a key, works with it, and flushes it. */
    <T> T withLoaded(TpmKey key, WithHandle<T> work) throws QuoteRejected {
        // before TSS.Java gets to parse it, which bounds nothing
        TpmPublicArea.parse(key.publicArea());
        TPM_HANDLE root = primary(TPM_HANDLE.OWNER, KeyTemplates.storageRootKey());
        TPM_HANDLE handle;
        try {
            handle = tpm().Load(root, new TPM2B_PRIVATE(key.privateBlob()), TPMT_PUBLIC.fromBytes(key.publicArea()));
        } finally {
            flush(root);
        }
        try {
            return work.run(handle);
        } finally {
            flush(handle);
        }
    }

    /** Signs a SHA-256 digest; returns the TPMT_SIGNATURE. */
    byte[] sign(TpmKey key, byte[] digest) throws QuoteRejected {
        return withLoaded(key, handle -> {
            tpm().Sign(handle, digest, ecdsa(), TPMT_TK_HASHCHECK.nullTicket());
            return device.parameters().rest();
        });
    }

    /** Certifies that {@code key} is loaded beside {@code aik}, which signs. */
    Certification certify(TpmKey aik, TpmKey key, byte[] qualifyingData) throws QuoteRejected {
        return withLoaded(aik, aikHandle -> withLoaded(key, handle -> {
            tpm().Certify(handle, aikHandle, qualifyingData, ecdsa());
            WireReader parameters = device.parameters();
            return new Certification(parameters.sized(Quote.MAX_ATTEST_BYTES), parameters.rest());
        }));
    }

    /** Opens a credential with an endorsement key, by that key's policy (TCG EK Credential Profile, B.6.2). */
    byte[] activate(TpmKey aik, TPMT_PUBLIC endorsementKey, TPMS_ID_OBJECT blob, byte[] encryptedSecret)
            throws QuoteRejected {
        return withLoaded(aik, aikHandle -> {
            TPM_HANDLE ek = primary(TPM_HANDLE.ENDORSEMENT, endorsementKey);
            try {
                TPM_HANDLE policy = tpm().StartAuthSession(TPM_HANDLE.NULL, TPM_HANDLE.NULL, nonce(), new byte[0],
                        TPM_SE.POLICY, new TPMT_SYM_DEF(TPM_ALG_ID.NULL, 0, TPM_ALG_ID.NULL), TPM_ALG_ID.SHA256).handle;
                try {
                    tpm().PolicySecret(TPM_HANDLE.ENDORSEMENT, policy, new byte[0], new byte[0], new byte[0], 0);
                    return tpm()._withSessions(TPM_HANDLE.PW, policy).ActivateCredential(aikHandle, ek, blob,
                            encryptedSecret);
                } finally {
                    flush(policy);
                }
            } finally {
                flush(ek);
            }
        });
    }

    /** Quotes PCRs. Somebody else, the kernel for example, may extend one meanwhile: then it quotes again. */
    Quote quote(TpmKey aik, byte[] extraData, PcrSelection selection) throws QuoteRejected {
        return withLoaded(aik, handle -> {
            for (int attempt = 0; attempt < QUOTE_ATTEMPTS; attempt++) {
                SortedMap<Integer, byte[]> values = readPcrs(selection);
                tpm().Quote(handle, extraData, ecdsa(), selection(selection));
                WireReader parameters = device.parameters();
                Quote quote = new Quote(parameters.sized(Quote.MAX_ATTEST_BYTES), parameters.rest(), values);
                if (QuoteAttestation.parse(quote.attest()).isOver(values)) {
                    return quote;
                }
            }
            throw new TpmFailed("PCRs " + selection.indexes() + " change faster than they can be quoted");
        });
    }

    SortedMap<Integer, byte[]> readPcrs(PcrSelection selection) {
        SortedMap<Integer, byte[]> values = new TreeMap<>();
        List<Integer> indexes = new ArrayList<>(selection.indexes());
        for (int from = 0; from < indexes.size(); from += PCRS_PER_READ) {
            List<Integer> some = indexes.subList(from, Math.min(indexes.size(), from + PCRS_PER_READ));
            var read = tpm().PCR_Read(selection(PcrSelection.of(some)));
            if (read.pcrValues.length != some.size()) {
                throw new TpmFailed("it has no SHA-256 bank for PCRs " + some);
            }
            for (int i = 0; i < some.size(); i++) {
                values.put(some.get(i), read.pcrValues[i].buffer);
            }
        }
        return values;
    }

    void extendPcr(int index, byte[] sha256) {
        tpm().PCR_Extend(TPM_HANDLE.pcr(index), new TPMT_HA[]{new TPMT_HA(TPM_ALG_ID.SHA256, sha256)});
    }

    /** Whether an NV index is defined. */
    boolean hasNv(int index) {
        try {
            tpm().NV_ReadPublic(TPM_HANDLE.from(index));
            return true;
        } catch (TpmRefused e) {
            if (e.is(TpmRefused.RC_HANDLE)) {
                return false;
            }
            throw e;
        }
    }

    byte[] readNv(int index) {
        TPM_HANDLE nv = TPM_HANDLE.from(index);
        int size = tpm().NV_ReadPublic(nv).nvPublic.dataSize;
        if (size > MAX_CERTIFICATE_BYTES) {
            throw new TpmFailed("its certificate is longer than " + MAX_CERTIFICATE_BYTES + " bytes");
        }
        byte[] all = new byte[size];
        for (int offset = 0; offset < size; offset += NV_CHUNK_BYTES) {
            int length = Math.min(NV_CHUNK_BYTES, size - offset);
            System.arraycopy(tpm().NV_Read(TPM_HANDLE.OWNER, nv, length, offset), 0, all, offset, length);
        }
        return all;
    }

    @Override
    public void close() {
        device.close();
    }

    private TPM_HANDLE primary(TPM_HANDLE hierarchy, TPMT_PUBLIC template) {
        return tpm().CreatePrimary(hierarchy, noSecret(), template, new byte[0], new TPMS_PCR_SELECTION[0]).handle;
    }

    private void flush(TPM_HANDLE handle) {
        tpm().FlushContext(handle);
    }

    /** One for each command: TSS.Java keeps what it was told of a command's sessions when the command fails. */
    private tss.Tpm tpm() {
        tss.Tpm tpm = new tss.Tpm();
        tpm._setDevice(device);
        return tpm;
    }

    private static TPMS_PCR_SELECTION[] selection(PcrSelection pcrs) {
        return new TPMS_PCR_SELECTION[]{new TPMS_PCR_SELECTION(TPM_ALG_ID.SHA256, pcrs.bitmap())};
    }

    private static TPMS_SIG_SCHEME_ECDSA ecdsa() {
        return new TPMS_SIG_SCHEME_ECDSA(TPM_ALG_ID.SHA256);
    }

    private static TPMS_SENSITIVE_CREATE noSecret() {
        return new TPMS_SENSITIVE_CREATE(new byte[0], new byte[0]);
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }
}
