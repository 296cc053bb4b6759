package dev.caravan.tpm;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tss.TpmException;
import tss.tpm.CreatePrimaryResponse;
import tss.tpm.CreateResponse;
import tss.tpm.TPM2B_PRIVATE;
import tss.tpm.TPMS_ID_OBJECT;
import tss.tpm.TPMS_PCR_SELECTION;
import tss.tpm.TPMS_SENSITIVE_CREATE;
import tss.tpm.TPMT_HA;
import tss.tpm.TPMT_PUBLIC;
import tss.tpm.TPMT_SYM_DEF;
import tss.tpm.TPMT_TK_HASHCHECK;
import tss.tpm.TPM_ALG_ID;
import tss.tpm.TPM_HANDLE;
import tss.tpm.TPM_SE;

/**
 * A TPM 2.0. Thread-safe: commands run one after the other on a thread of its own, since TSS.Java is not thread-safe
 * and a TPM has only three transient slots. No key stays loaded between two calls. A command that takes longer than
 * {@link #COMMAND_TIMEOUT} fails and the connection is opened anew by the next call.
 */
public final class Tpm implements AutoCloseable {
    /** Making an RSA key on a slow discrete TPM takes many seconds; nothing takes longer than this. */
    public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(90);

    private static final int NV_RSA_EK_CERTIFICATE = 0x01c00002;
    private static final int NV_ECC_EK_CERTIFICATE = 0x01c0000a;
    private static final int NV_CHUNK = 1024;
    private static final int MAX_CERTIFICATE_BYTES = 16 * 1024;
    private static final int PCRS_PER_READ = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    static {
        try {
            // TPM_HC cannot be initialised before it
            Class.forName("tss.tpm.ImplementationConstants");
        } catch (ClassNotFoundException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String address;
    private final ExecutorService executor;
    private RawDevice device;
    private tss.Tpm tpm;

    private Tpm(String address) {
        this.address = address;
        executor = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "tpm " + address);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * A TPM by its address.
     *
     * @param address {@code /dev/tpmrm0}, {@code unix:PATH} or {@code tcp:HOST:PORT} (both swtpm's data channel)
     * @throws TpmFailed if it cannot be opened
     */
    public static Tpm open(String address) {
        Tpm tpm = new Tpm(address);
        try {
            tpm.run("open", () -> null);
        } catch (TpmFailed e) {
            tpm.close();
            throw e;
        }
        return tpm;
    }

    /** The EK certificate that the TPM's maker put into it: RSA 2048, or else ECC P-256. */
    public X509Certificate ekCertificate() {
        return run("read the EK certificate", () -> {
            byte[] der;
            try {
                der = readNv(NV_RSA_EK_CERTIFICATE);
            } catch (TpmException e) {
                der = readNv(NV_ECC_EK_CERTIFICATE);
            }
            return certificate(der);
        });
    }

    /** Makes an attestation key: restricted ECDSA P-256 with SHA-256. */
    public TpmKey createAik() {
        return run("create an AIK", () -> create(KeyTemplates.attestationKey()));
    }

    /** Makes an agent key: ECDSA P-256 with SHA-256, for messages. */
    public TpmKey createSigningKey() {
        return run("create a signing key", () -> create(KeyTemplates.signingKey()));
    }

    /** Signs a message with an agent key; the signature (ECDSA over SHA-256) is DER. */
    public byte[] sign(TpmKey key, byte[] message) {
        byte[] digest = sha256(message);
        return run("sign", () -> withLoaded(key, handle -> {
            tpm.Sign(handle, digest, new tss.tpm.TPMS_SIG_SCHEME_ECDSA(TPM_ALG_ID.SHA256),
                    TPMT_TK_HASHCHECK.nullTicket());
            WireReader parameters = parameters();
            return QuoteVerifier.derSignature(parameters.rest());
        }));
    }

    /** Opens a credential that was made for this TPM's EK and the Name of {@code aik}; returns the secret. */
    public byte[] activateCredential(TpmKey aik, Credential credential) {
        return run("activate a credential", () -> {
            WireReader blob = new WireReader(credential.credentialBlob(), "the credential");
            byte[] integrity = blob.sized(64);
            byte[] identity = blob.bytes(credential.credentialBlob().length - 2 - integrity.length);
            return withLoaded(aik, aikHandle -> {
                TPM_HANDLE ek = endorsementKey();
                try {
                    TPM_HANDLE policy = tpm.StartAuthSession(TPM_HANDLE.NULL, TPM_HANDLE.NULL, nonce(), new byte[0],
                            TPM_SE.POLICY, new TPMT_SYM_DEF(TPM_ALG_ID.NULL, 0, TPM_ALG_ID.NULL),
                            TPM_ALG_ID.SHA256).handle;
                    try {
                        tpm.PolicySecret(TPM_HANDLE.ENDORSEMENT, policy, new byte[0], new byte[0], new byte[0], 0);
                        return tpm._withSessions(TPM_HANDLE.PW, policy).ActivateCredential(aikHandle, ek,
                                new TPMS_ID_OBJECT(integrity, identity), credential.encryptedSecret());
                    } finally {
                        flush(policy);
                    }
                } finally {
                    flush(ek);
                }
            });
        });
    }

    /** Values of PCRs of the SHA-256 bank. */
    public SortedMap<Integer, byte[]> readPcrs(PcrSelection selection) {
        return run("read PCRs", () -> pcrs(selection));
    }

    /** Extends a PCR of the SHA-256 bank by a digest of 32 bytes. */
    public void extendPcr(int index, byte[] digest) {
        PcrSelection.of(index);
        if (digest.length != 32) {
            throw new IllegalArgumentException("a PCR of the SHA-256 bank is extended by 32 bytes");
        }
        run("extend PCR " + index, () -> {
            tpm.PCR_Extend(TPM_HANDLE.pcr(index), new TPMT_HA[]{new TPMT_HA(TPM_ALG_ID.SHA256, digest)});
            return null;
        });
    }

    /**
     * Quotes PCRs of the SHA-256 bank.
     *
     * @param extraData what the quote is bound to, at most 64 bytes
     */
    public Quote quote(TpmKey aik, byte[] extraData, PcrSelection selection) {
        return run("quote", () -> withLoaded(aik, handle -> {
            SortedMap<Integer, byte[]> values = pcrs(selection);
            tpm.Quote(handle, extraData, new tss.tpm.TPMS_SIG_SCHEME_ECDSA(TPM_ALG_ID.SHA256),
                    new TPMS_PCR_SELECTION[]{new TPMS_PCR_SELECTION(TPM_ALG_ID.SHA256, selection.bitmap())});
            WireReader parameters = parameters();
            byte[] attest = parameters.sized(Quote.MAX_ATTEST_BYTES);
            return new Quote(attest, parameters.rest(), values);
        }));
    }

    @Override
    public void close() {
        executor.execute(this::disconnect);
        executor.shutdown();
    }

    private interface WithHandle<T> {
        T run(TPM_HANDLE handle) throws QuoteRejected;
    }

    private <T> T withLoaded(TpmKey key, WithHandle<T> work) throws QuoteRejected {
        TPM_HANDLE root = primary(TPM_HANDLE.OWNER, KeyTemplates.storageRootKey());
        TPM_HANDLE handle;
        try {
            handle = tpm.Load(root, new TPM2B_PRIVATE(key.privateBlob()), TPMT_PUBLIC.fromBytes(key.publicArea()));
        } finally {
            flush(root);
        }
        try {
            return work.run(handle);
        } finally {
            flush(handle);
        }
    }

    private TpmKey create(TPMT_PUBLIC template) {
        TPM_HANDLE root = primary(TPM_HANDLE.OWNER, KeyTemplates.storageRootKey());
        try {
            CreateResponse created = tpm.Create(root, new TPMS_SENSITIVE_CREATE(new byte[0], new byte[0]), template,
                    new byte[0], new TPMS_PCR_SELECTION[0]);
            return new TpmKey(created.outPublic.toBytes(), created.outPrivate.buffer);
        } finally {
            flush(root);
        }
    }

    private TPM_HANDLE endorsementKey() {
        try {
            readNv(NV_RSA_EK_CERTIFICATE);
            return primary(TPM_HANDLE.ENDORSEMENT, KeyTemplates.rsaEndorsementKey());
        } catch (TpmException e) {
            return primary(TPM_HANDLE.ENDORSEMENT, KeyTemplates.eccEndorsementKey());
        }
    }

    private TPM_HANDLE primary(TPM_HANDLE hierarchy, TPMT_PUBLIC template) {
        CreatePrimaryResponse primary = tpm.CreatePrimary(hierarchy,
                new TPMS_SENSITIVE_CREATE(new byte[0], new byte[0]), template, new byte[0], new TPMS_PCR_SELECTION[0]);
        return primary.handle;
    }

    private SortedMap<Integer, byte[]> pcrs(PcrSelection selection) {
        SortedMap<Integer, byte[]> values = new TreeMap<>();
        List<Integer> indexes = new ArrayList<>(selection.indexes());
        for (int from = 0; from < indexes.size(); from += PCRS_PER_READ) {
            List<Integer> some = indexes.subList(from, Math.min(indexes.size(), from + PCRS_PER_READ));
            var read = tpm.PCR_Read(new TPMS_PCR_SELECTION[]{
                    new TPMS_PCR_SELECTION(TPM_ALG_ID.SHA256, PcrSelection.of(some).bitmap())});
            if (read.pcrValues.length != some.size()) {
                throw new TpmFailed("the TPM has no SHA-256 bank for PCRs " + some);
            }
            for (int i = 0; i < some.size(); i++) {
                values.put(some.get(i), read.pcrValues[i].buffer);
            }
        }
        return values;
    }

    private byte[] readNv(int index) {
        TPM_HANDLE nv = TPM_HANDLE.from(index);
        int size = tpm.NV_ReadPublic(nv).nvPublic.dataSize;
        if (size > MAX_CERTIFICATE_BYTES) {
            throw new TpmFailed("the certificate in the TPM is longer than " + MAX_CERTIFICATE_BYTES + " bytes");
        }
        byte[] all = new byte[size];
        for (int offset = 0; offset < size; offset += NV_CHUNK) {
            int length = Math.min(NV_CHUNK, size - offset);
            System.arraycopy(tpm.NV_Read(TPM_HANDLE.OWNER, nv, length, offset), 0, all, offset, length);
        }
        return all;
    }

    /** The parameters of the last response, which had a session: after header and parameter size. */
    private WireReader parameters() throws QuoteRejected {
        byte[] response = device.lastResponse();
        WireReader reader = new WireReader(response, "the TPM's response");
        reader.bytes(10);
        int size = reader.u32();
        return new WireReader(reader.bytes(size), "the TPM's response");
    }

    private void flush(TPM_HANDLE handle) {
        tpm.FlushContext(handle);
    }

    private <T> T run(String what, Callable<T> work) {
        Future<T> result = executor.submit(() -> {
            connect();
            try {
                return work.call();
            } catch (TpmFailed e) {
                disconnect();
                throw e;
            }
        });
        try {
            return result.get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            result.cancel(true);
            throw new TpmFailed("the TPM " + address + " did not " + what + " within " + COMMAND_TIMEOUT.toSeconds()
                    + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TpmFailed("interrupted while waiting for the TPM " + address, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof TpmFailed failed
                    ? new TpmFailed(failed.getMessage(), failed)
                    : new TpmFailed("the TPM " + address + " cannot " + what + ": " + cause.getMessage(), cause);
        }
    }

    private void connect() {
        if (tpm == null) {
            RawDevice opened = new RawDevice(address);
            opened.connect();
            device = opened;
            tpm = new tss.Tpm();
            tpm._setDevice(opened);
        }
    }

    private void disconnect() {
        if (device != null) {
            device.close();
            device = null;
            tpm = null;
        }
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[16];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    private static byte[] sha256(byte[] message) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static X509Certificate certificate(byte[] der) throws CertificateException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
    }
}
