package dev.caravan.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses what another origin's page sends, host of the same site included, which the cookies' {@code SameSite} lets
 * through. A link from elsewhere to the console's pages is followed.
 *
 * <p>The own origin is how the request came: behind a proxy that ends TLS, as {@code caravan.console.proxies} lets it say.
 */
final class SameOrigin extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SameOrigin.class);
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
    private static final int SHOWN = 80;

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String why = whyNot(request);
        if (why == null) {
            chain.doFilter(request, response);
            return;
        }
        LOG.warn("{} of {} from {} is refused: {}", request.getMethod(), shortened(request.getRequestURI()),
                request.getRemoteAddr(), why);
        response.setStatus(HttpServletResponse.SC_FORBIDDEN);
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter().write(why + ". Behind a proxy, see caravan.console.proxies.");
    }

    private static String whyNot(HttpServletRequest request) {
        String own = origin(request.getScheme(), request.getServerName(), request.getServerPort());
        String origin = request.getHeader("Origin");
        if (origin != null && !own.equals(origin(origin))) {
            return "Origin is \"" + shortened(origin) + "\"; only " + own + " is allowed";
        }
        if (isLink(request)) {
            return null;
        }
        String referer = request.getHeader("Referer");
        if (referer != null && !own.equals(origin(referer))) {
            return "Referer is \"" + shortened(referer) + "\"; only " + own + " is allowed";
        }
        String site = request.getHeader("Sec-Fetch-Site");
        return site == null || OWN_SITE.contains(site)
                ? null
                : "Sec-Fetch-Site is \"" + shortened(site) + "\"; only same-origin is allowed";
    }

    /** Whether a person follows a link to a page: nothing that the proxy to the agents serves is one. */
    private static boolean isLink(HttpServletRequest request) {
        return request.getMethod().equals("GET") && !request.getRequestURI().contains("/proxy/")
                && (request.getHeader("Sec-Fetch-Mode") == null
                        || "navigate".equals(request.getHeader("Sec-Fetch-Mode")));
    }

    private static String origin(String url) {
        try {
            URI uri = URI.create(url);
            return origin(uri.getScheme(), uri.getHost(), uri.getPort());
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static String origin(String scheme, String host, int port) {
        boolean usual = port < 0 || port == ("https".equalsIgnoreCase(scheme) ? 443 : 80);
        return (scheme + "://" + host + (usual ? "" : ":" + port)).toLowerCase(java.util.Locale.ROOT);
    }

    private static String shortened(String text) {
        String shown = text.replaceAll("\\p{Cntrl}", "?");
        return shown.length() <= SHOWN ? shown : shown.substring(0, SHOWN) + "…";
    }
}
