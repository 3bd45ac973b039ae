//! The access keys of the simulator. The temporary one needs a security token, and each token may sign a number of calls
//! before the next one must be used.

use super::gateway_error::GatewayError;

/// The access key id of the simulator. It gives access to nothing else.
pub const ACCESS_KEY_ID: &str = "SIMULATED-KEY-ID";
/// The secret of [`ACCESS_KEY_ID`]. It is not a secret.
pub const ACCESS_KEY_SECRET: &str = "simulated-key-secret";
/// A temporary access key, which needs [`STS_SECURITY_TOKEN`].
pub const STS_ACCESS_KEY_ID: &str = "STS.SIMULATED-KEY-ID";
/// The secret of [`STS_ACCESS_KEY_ID`].
pub const STS_ACCESS_KEY_SECRET: &str = "simulated-sts-key-secret";
/// The security token required with [`STS_ACCESS_KEY_ID`].
pub const STS_SECURITY_TOKEN: &str = "simulated-security-token";

/// Which token is in use, and how often it was.
#[derive(Debug, Default)]
pub(crate) struct SecurityTokens {
    /// Calls that a token may sign; 0 for any number.
    max_calls: u32,
    /// The newest token that was used, counted from 0.
    newest: u32,
    /// Calls that it has signed.
    calls: u32,
}

impl SecurityTokens {
    /// Tokens that expire after this many calls; 0 for tokens that never expire.
    pub(crate) fn new(max_calls: u32) -> Self {
        Self { max_calls, ..Self::default() }
    }

    /// The secret of this access key, if the right token or none is given.
    pub(super) fn secret(&mut self, key_id: &str, token: Option<&str>) -> Result<&'static str, GatewayError> {
        match (key_id, token) {
            (ACCESS_KEY_ID, None) => Ok(ACCESS_KEY_SECRET),
            (STS_ACCESS_KEY_ID, Some(token)) => self.use_token(token).map(|()| STS_ACCESS_KEY_SECRET),
            (STS_ACCESS_KEY_ID, None) => {
                let message = "SecurityToken is mandatory for this action.";
                Err(GatewayError::new(400, "MissingSecurityToken", message))
            }
            (ACCESS_KEY_ID, Some(_)) => Err(malformed()),
            _ => {
                let message = "Specified access key is not found.";
                Err(GatewayError::new(404, "InvalidAccessKeyId.NotFound", message))
            }
        }
    }

    fn use_token(&mut self, token: &str) -> Result<(), GatewayError> {
        let number = token_number(token).ok_or_else(malformed)?;
        if self.max_calls == 0 {
            return if number == 0 { Ok(()) } else { Err(malformed()) };
        }
        if number > self.newest {
            (self.newest, self.calls) = (number, 0);
        }
        if number < self.newest || self.calls >= self.max_calls {
            let message = "Specified SecurityToken is expired.";
            return Err(GatewayError::new(400, "InvalidSecurityToken.Expired", message));
        }
        self.calls += 1;
        Ok(())
    }
}

/// The tokens are [`STS_SECURITY_TOKEN`], and the same with `-2`, `-3` and so on.
fn token_number(token: &str) -> Option<u32> {
    match token.strip_prefix(STS_SECURITY_TOKEN)? {
        "" => Some(0),
        rest => rest.strip_prefix('-')?.parse::<u32>().ok()?.checked_sub(1).filter(|number| *number > 0),
    }
}

fn malformed() -> GatewayError {
    GatewayError::new(400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_expires_after_its_calls_and_an_older_one_with_it() {
        let mut tokens = SecurityTokens::new(2);
        let mut code = |suffix: &str| {
            let token = format!("{STS_SECURITY_TOKEN}{suffix}");
            tokens.secret(STS_ACCESS_KEY_ID, Some(&token)).map_or_else(|error| error.code, |_| "")
        };
        let expired = "InvalidSecurityToken.Expired";
        assert_eq!(
            ["", "", "", "-2", "", "-2", "-2"].map(&mut code),
            ["", "", expired, "", expired, "", expired]
        );
        assert_eq!(["-1", "-x", "2"].map(&mut code), ["InvalidSecurityToken.Malformed"; 3]);
        let mut forever = SecurityTokens::default();
        for _ in 0..5 {
            assert!(forever.secret(STS_ACCESS_KEY_ID, Some(STS_SECURITY_TOKEN)).is_ok());
        }
    }
}
