package dev.caravan.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.function.Supplier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.RequestCacheConfigurer;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.csrf.CsrfTokenRequestAttributeHandler;
import org.springframework.security.web.csrf.XorCsrfTokenRequestAttributeHandler;
import org.springframework.util.StringUtils;
import org.springframework.web.filter.OncePerRequestFilter;

/** Nothing of the console is served to anybody who has not logged in. */
@Configuration
class LogIn {

    @Bean
    SecurityFilterChain everythingNeedsLogIn(HttpSecurity http) throws Exception {
        LogInLimit limit = new LogInLimit(new FailedLogIns(Clock.systemUTC()));
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .formLogin(form -> form.successHandler(limit.toAgents()).withObjectPostProcessor(new RelativeLogIn()))
                .logout(Customizer.withDefaults())
                .requestCache(RequestCacheConfigurer::disable)
                .csrf(csrf -> csrf.csrfTokenRepository(tokens()).csrfTokenRequestHandler(new HeaderOrFormToken()))
                .addFilterBefore(new SameOrigin(), CsrfFilter.class)
                .addFilterBefore(limit, UsernamePasswordAuthenticationFilter.class)
                .addFilterAfter(new TokenCookie(), BasicAuthenticationFilter.class).build();
    }

    /** Hawtio's page reads the token from the cookie, which is Secure where the browser's connection is. */
    private static CookieCsrfTokenRepository tokens() {
        CookieCsrfTokenRepository tokens = CookieCsrfTokenRepository.withHttpOnlyFalse();
        tokens.setCookieCustomizer(cookie -> cookie.sameSite("Strict"));
        return tokens;
    }

    @Bean
    UserDetailsService user(ConsoleConfiguration configuration) {
        String password = configuration.password();
        return new InMemoryUserDetailsManager(User.withUsername(configuration.user())
                .password(password.startsWith("{") ? password : "{noop}" + password).roles("operator").build());
    }

    /** Leads to the log-in by a path: an absolute URL would have to know what a proxy in front makes of it. */
    private static final class RelativeLogIn implements ObjectPostProcessor<LoginUrlAuthenticationEntryPoint> {
        @Override
        public <O extends LoginUrlAuthenticationEntryPoint> O postProcess(O toLogIn) {
            toLogIn.setFavorRelativeUris(true);
            return toLogIn;
        }
    }

    /** Hawtio sends the token of the cookie in a header; the log-in form sends the masked one. */
    private static final class HeaderOrFormToken extends CsrfTokenRequestAttributeHandler {
        private final XorCsrfTokenRequestAttributeHandler masked = new XorCsrfTokenRequestAttributeHandler();

        @Override
        public void handle(HttpServletRequest request, HttpServletResponse response, Supplier<CsrfToken> token) {
            masked.handle(request, response, token);
        }

        @Override
        public String resolveCsrfTokenValue(HttpServletRequest request, CsrfToken token) {
            return StringUtils.hasText(request.getHeader(token.getHeaderName()))
                    ? super.resolveCsrfTokenValue(request, token)
                    : masked.resolveCsrfTokenValue(request, token);
        }
    }

    /** Writes the token's cookie with every answer; Spring would do so only where a page asks for the token. */
    private static final class TokenCookie extends OncePerRequestFilter {
        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            if (request.getAttribute(CsrfToken.class.getName()) instanceof CsrfToken token) {
                token.getToken();
            }
            chain.doFilter(request, response);
        }
    }
}
