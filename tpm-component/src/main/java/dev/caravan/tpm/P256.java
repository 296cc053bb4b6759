package dev.caravan.tpm;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.EllipticCurve;

/** NIST P-256, the curve of every ECC key here. */
final class P256 {
    static final ECParameterSpec PARAMETERS = parameters();

    /** Length of a coordinate or of a scalar. */
    static final int BYTES = 32;

    private P256() {
    }

    /** Whether a key is on this curve; other curves have coordinates of 256 bits, too. */
    static boolean isCurveOf(ECKey key) {
        ECParameterSpec other = key.getParams();
        return other != null && other.getCurve().equals(PARAMETERS.getCurve())
                && other.getGenerator().equals(PARAMETERS.getGenerator())
                && other.getOrder().equals(PARAMETERS.getOrder());
    }

    static boolean contains(BigInteger x, BigInteger y) {
        EllipticCurve curve = PARAMETERS.getCurve();
        BigInteger p = ((ECFieldFp) curve.getField()).getP();
        return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).mod(p)
                .equals(x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB()).mod(p));
    }

    /** Whether {@code 0 < scalar < order}. */
    static boolean isScalar(BigInteger scalar) {
        return scalar.signum() > 0 && scalar.compareTo(PARAMETERS.getOrder()) < 0;
    }

    private static ECParameterSpec parameters() {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no P-256", e);
        }
    }
}
