// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.regex.Pattern;

/**
 * Names of variables that make loaders, shells, interpreters and common tools run something, or that say where they
 * find the code to run. A caller that can set one of these decides which code runs. The list covers well-known
 * variables and is incomplete.
 */
public final class LoadedNames {
    /** Names are case-insensitive on Windows, and zsh has path in lower case. */
    private static final Pattern LOADED = Pattern.compile("(?i)"
            // Loaders and the C library.
            + "(?:LD|DYLD|GCONV|GLIBC)_\\w*|LOCPATH|NLSPATH|HOSTALIASES|RES_OPTIONS|LOCALDOMAIN|TERMINFO|TERMCAP|OPENSSL_CONF"
            + "|OPENSSL_MODULES|OPENSSL_ENGINES"
            // Shells, and how they find programs.
            + "|PATH|PATHEXT|COMSPEC|PSMODULEPATH|CDPATH|FPATH|IFS|ENV|BASH_ENV|BASH_FUNC_\\w*|ZDOTDIR|SHELL|SHELLOPTS|BASHOPTS"
            + "|PS[0-4]|PROMPT_COMMAND|GLOBIGNORE|INPUTRC|HISTFILE|HOME|USERPROFILE|XDG_(?:CONFIG|DATA)_\\w*"
            // Interpreters.
            + "|(?:PYTHON|PERL|RUBY|LUA)\\w*|GEM_\\w*|BUNDLE_\\w*|NODE_OPTIONS|NODE_PATH|NPM_CONFIG_\\w*|PHPRC|PHP_INI_SCAN_DIR"
            + "|R_PROFILE\\w*|R_ENVIRON\\w*|R_HOME|TCLLIBPATH|AWKPATH|AWKLIBPATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS"
            + "|JAVA_HOME|CLASSPATH|(?:JAVA|MAVEN|GRADLE|SBT|CATALINA)_OPTS|DOTNET_STARTUP_HOOKS|(?:COR|CORECLR|COMPLUS)_\\w*"
            // Tools that run others.
            + "|GIT_\\w*|SSH_ASKPASS|SUDO_ASKPASS|SVN_SSH|CVS_RSH|RSYNC_RSH|EDITOR|SUDO_EDITOR|VISUAL|(?:MAN|SYSTEMD_)?PAGER"
            + "|LESSOPEN|LESSCLOSE|BROWSER|MAKEFLAGS|GNUMAKEFLAGS|MFLAGS|TAR_OPTIONS|ANT_ARGS|WGETRC|CURL_HOME|PSQLRC|VIMINIT"
            + "|EXINIT|ANSIBLE_CONFIG|DOCKER_(?:HOST|CONFIG|CONTEXT)|RUSTC\\w*|RUSTFLAGS|GOFLAGS");

    private LoadedNames() {}

    public static boolean contains(String name) {
        return LOADED.matcher(name).matches();
    }
}
