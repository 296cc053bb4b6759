package dev.caravan.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.SimpleUrlAuthenticationSuccessHandler;
import org.springframework.web.filter.OncePerRequestFilter;

/** Answers a log-in with 429 where {@link FailedLogIns} says to wait; the right password does not help then. */
final class LogInLimit extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(LogInLimit.class);

    private final FailedLogIns failed;

    LogInLimit(FailedLogIns failed) {
        this.failed = failed;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getMethod().equals("POST") || !request.getServletPath().equals("/login");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Duration wait = failed.begin(request.getRemoteAddr(), user(request));
        if (wait.isZero()) {
            chain.doFilter(request, response);
            return;
        }
        LOG.warn("a log-in from {} is not tried for {} s: too many failed", request.getRemoteAddr(),
                wait.toSeconds() + 1);
        response.setStatus(429);
        response.setHeader("Retry-After", Long.toString(wait.toSeconds() + 1));
        response.setContentType("text/plain;charset=UTF-8");
        response.getWriter().write("Too many log-ins failed. Try again in " + (wait.toSeconds() + 1) + " s.");
    }

    private static String user(HttpServletRequest request) {
        String user = request.getParameter("username");
        return user == null ? "" : user;
    }

    /** Leads whoever has logged in to the list of agents. */
    SimpleUrlAuthenticationSuccessHandler toAgents() {
        return new SimpleUrlAuthenticationSuccessHandler("/") {
            @Override
            public void onAuthenticationSuccess(HttpServletRequest request, HttpServletResponse response,
                    Authentication user) throws IOException, ServletException {
                failed.succeeded(request.getRemoteAddr(), user(request));
                LOG.info("{} has logged in from {}", user.getName(), request.getRemoteAddr());
                super.onAuthenticationSuccess(request, response, user);
            }
        };
    }
}
