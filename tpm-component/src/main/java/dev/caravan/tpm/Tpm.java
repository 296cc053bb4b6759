package dev.caravan.tpm;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tss.tpm.TPMS_ID_OBJECT;

/**
 * A TPM 2.0. Thread-safe: what it is asked runs one after the other on a thread of its own, since TSS.Java is not
 * thread-safe. No key stays loaded between two calls. When the TPM cannot be reached, or is given up after the
 * time-out, the call fails and the next one connects anew. Every method but {@link #close} throws {@link TpmFailed}, or
 * {@link TpmRefused} where the TPM refuses.
 *
 * <p>The authorisations of the owner and endorsement hierarchies must be empty, as they are unless somebody sets them.
 */
public final class Tpm implements AutoCloseable {
    /** Making an RSA key on a slow discrete TPM takes many seconds; nothing takes longer than this. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(90);

    /** A quote or a certification can be bound to this much (TPM2B_DATA). */
    public static final int MAX_EXTRA_DATA_BYTES = 64;

    private static final int NV_RSA_EK_CERTIFICATE = 0x01c00002;
    private static final int NV_ECC_EK_CERTIFICATE = 0x01c0000a;
    private static final int MAX_SECRET_BYTES = 512;
    private static final int CLOSE_SECONDS = 2;

    private final String name;
    private final TpmConnector connector;
    private final Duration timeout;
    private final ExecutorService executor;
    /** The open connection, or null; for the executor's thread only. */
    private TpmCommands connection;

    private Tpm(String name, TpmConnector connector, Duration timeout) {
        this.name = name;
        this.connector = connector;
        this.timeout = timeout;
        executor = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "tpm " + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Opens a TPM by its address, with {@link #DEFAULT_TIMEOUT}.
     *
     * @param device {@code /dev/tpmrm0}, {@code unix:PATH} or {@code tcp:HOST:PORT} (the data channel of swtpm)
     * @throws IllegalArgumentException if it is no such address
     * @throws TpmFailed                if the TPM does not answer
     */
    public static Tpm open(String device) {
        return open(device, DeviceAddress.parse(device), DEFAULT_TIMEOUT);
    }

    /**
     * Opens a TPM.
     *
     * @param name      for messages
     * @param connector the way to it
     * @param timeout   how long a call may take, its wait for earlier calls included
     * @throws TpmFailed if the TPM does not answer
     */
    public static Tpm open(String name, TpmConnector connector, Duration timeout) {
        Tpm tpm = new Tpm(name, connector, timeout);
        try {
            tpm.run("be opened", commands -> null);
            return tpm;
        } catch (TpmFailed e) {
            tpm.close();
            throw e;
        }
    }

    /** The EK certificate that the TPM's maker put into it: of the RSA 2048 EK, or else of the ECC P-256 EK. */
    public X509Certificate ekCertificate() {
        return run("read its EK certificate", commands -> (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(commands.readNv(ekCertificateIndex(commands)))));
    }

    /** Makes an attestation key: restricted ECDSA P-256 with SHA-256, below the owner hierarchy's storage root key. */
    public TpmKey createAik() {
        return run("make an AIK", commands -> commands.create(KeyTemplates.attestationKey()));
    }

    /** Makes an agent key: ECDSA P-256 with SHA-256, for messages. It never leaves the TPM either. */
    public TpmKey createSigningKey() {
        return run("make a signing key", commands -> commands.create(KeyTemplates.signingKey()));
    }

    /** Signs a message with an agent key; the signature (ECDSA over SHA-256) is DER. */
    public byte[] sign(TpmKey key, byte[] message) {
        byte[] digest = Sha256.of(message);
        return run("sign", commands -> EcdsaSignature.parse(commands.sign(key, digest)).toDer());
    }

    /**
     * Certifies with an AIK that another key is in this TPM, and what its public area is.
     *
     * @param key            the key that is certified; neither it nor its attributes can be another's
     * @param qualifyingData what the certification is bound to, at most {@link #MAX_EXTRA_DATA_BYTES}
     */
    public Certification certify(TpmKey aik, TpmKey key, byte[] qualifyingData) {
        requireExtraData("a certification", qualifyingData);
        return run("certify a key", commands -> commands.certify(aik, key, qualifyingData));
    }

    /** Opens a credential that was made for this TPM's EK and the Name of {@code aik}; returns the secret. */
    public byte[] activateCredential(TpmKey aik, Credential credential) {
        return run("activate the credential", commands -> {
            if (credential.encryptedSecret().length > MAX_SECRET_BYTES) {
                throw new QuoteRejected("the credential's secret is longer than " + MAX_SECRET_BYTES + " bytes");
            }
            WireReader blob = new WireReader(credential.credentialBlob(), "the credential");
            TPMS_ID_OBJECT identity = new TPMS_ID_OBJECT(blob.sized(64), blob.rest(CredentialMaker.MAX_BLOB_BYTES));
            return commands.activate(aik,
                    ekCertificateIndex(commands) == NV_RSA_EK_CERTIFICATE
                            ? KeyTemplates.rsaEndorsementKey()
                            : KeyTemplates.eccEndorsementKey(),
                    identity, credential.encryptedSecret());
        });
    }

    /**
     * Seals data to this TPM: no other can give it out. Whoever may use this one can, and on a bus between processor and
     * TPM it goes in the clear.
     *
     * @param data 1 to {@link SealedData#MAX_BYTES} bytes
     */
    public SealedData seal(byte[] data) {
        if (data.length == 0 || data.length > SealedData.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "1 to " + SealedData.MAX_BYTES + " bytes can be sealed, not " + data.length);
        }
        return run("seal data", commands -> commands.seal(data));
    }

    /** The data that this TPM sealed. */
    public byte[] unseal(SealedData sealed) {
        return run("unseal data", commands -> commands.unseal(sealed));
    }

    /** Values of PCRs of the SHA-256 bank. */
    public SortedMap<Integer, byte[]> readPcrs(PcrSelection selection) {
        return run("read PCRs", commands -> commands.readPcrs(selection));
    }

    /** Extends a PCR (0 to 23) of the SHA-256 bank by a digest of 32 bytes. */
    public void extendPcr(int index, byte[] digest) {
        PcrSelection.of(index);
        if (digest.length != Sha256.BYTES) {
            throw new IllegalArgumentException("a PCR of the SHA-256 bank is extended by 32 bytes");
        }
        run("extend PCR " + index, commands -> {
            commands.extendPcr(index, digest);
            return null;
        });
    }

    /**
     * Quotes PCRs of the SHA-256 bank.
     *
     * @param extraData what the quote is bound to, at most {@link #MAX_EXTRA_DATA_BYTES}
     */
    public Quote quote(TpmKey aik, byte[] extraData, PcrSelection selection) {
        requireExtraData("a quote", extraData);
        return run("quote", commands -> commands.quote(aik, extraData, selection));
    }

    private static void requireExtraData(String what, byte[] extraData) {
        if (extraData.length > MAX_EXTRA_DATA_BYTES) {
            throw new IllegalArgumentException(
                    what + " is bound to at most " + MAX_EXTRA_DATA_BYTES + " bytes, not " + extraData.length);
        }
    }

    /** Closes the connection, after what was asked before. Further calls fail. */
    @Override
    public void close() {
        try {
            executor.execute(this::disconnect);
        } catch (RejectedExecutionException e) {
            return;
        }
        executor.shutdown();
        try {
            if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private interface Work<T> {
        T run(TpmCommands commands) throws QuoteRejected, GeneralSecurityException, IOException;
    }

    private <T> T run(String what, Work<T> work) {
        Future<T> result;
        try {
            result = executor.submit(() -> onThread(work));
        } catch (RejectedExecutionException e) {
            throw new TpmFailed("the TPM " + name + " is closed", e);
        }
        try {
            return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            result.cancel(true);
            throw new TpmFailed("the TPM " + name + " did not " + what + " within " + timeout.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            result.cancel(true);
            Thread.currentThread().interrupt();
            throw new TpmFailed("interrupted while waiting for the TPM " + name, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String message = "the TPM " + name + " cannot " + what + ": "
                    + (cause.getMessage() == null ? cause.toString() : cause.getMessage());
            throw cause instanceof TpmRefused refused
                    ? new TpmRefused(message, refused)
                    : new TpmFailed(message, cause);
        }
    }

    private <T> T onThread(Work<T> work) throws QuoteRejected, GeneralSecurityException, IOException {
        boolean inStep = false;
        try {
            if (connection == null) {
                connection = new TpmCommands(connector.connect());
                connection.flushLeftovers();
            }
            T result = work.run(connection);
            inStep = true;
            return result;
        } catch (TpmRefused | QuoteRejected e) {
            inStep = true;
            throw e;
        } finally {
            if (!inStep) {
                disconnect();
            }
        }
    }

    private void disconnect() {
        if (connection != null) {
            TpmCommands closing = connection;
            connection = null;
            closing.close();
        }
    }

    private static int ekCertificateIndex(TpmCommands commands) {
        if (commands.hasNv(NV_RSA_EK_CERTIFICATE)) {
            return NV_RSA_EK_CERTIFICATE;
        }
        if (commands.hasNv(NV_ECC_EK_CERTIFICATE)) {
            return NV_ECC_EK_CERTIFICATE;
        }
        throw new TpmFailed("its maker put no EK certificate into it");
    }
}
