//! The fields of a reply that all DTS calls and the API gateway share.

use std::borrow::Cow;

/// The part of a reply with the result of the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The sender of the reply.
    pub origin: ReplyOrigin,
    /// `Success`. A reply without it is a success unless it names an error code.
    pub success: bool,
    /// `RequestId`: the vendor's support asks for it.
    pub request_id: Option<String>,
    /// `ErrCode`; the gateway's `Code`. `None` if absent or empty.
    pub err_code: Option<String>,
    /// `ErrMessage` with its `DynamicMessage` filled in; the gateway's `Message`. `None` if absent or empty.
    pub err_message: Option<String>,
    /// The gateway's `HostId`: the host that rejected the call.
    pub host_id: Option<String>,
    /// The gateway's `Recommend`: a link to its error centre.
    pub recommend: Option<String>,
}

/// The sender of a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReplyOrigin {
    /// The call itself.
    #[default]
    Call,
    /// The API gateway: `Code`, `Message` and `HostId` in place of the fields of the call.
    Gateway,
}

/// A field of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum HeadField {
    RequestId,
    Success,
    ErrCode,
    ErrMessage,
    /// Replaces `%s` in the `ErrMessage` of newer DTS calls.
    DynamicMessage,
    Code,
    Message,
    HostId,
    Recommend,
}

impl HeadField {
    const ALL: [Self; 9] = [
        Self::RequestId,
        Self::Success,
        Self::ErrCode,
        Self::ErrMessage,
        Self::DynamicMessage,
        Self::Code,
        Self::Message,
        Self::HostId,
        Self::Recommend,
    ];

    pub(in crate::api) fn name(self) -> &'static str {
        match self {
            Self::RequestId => "RequestId",
            Self::Success => "Success",
            Self::ErrCode => "ErrCode",
            Self::ErrMessage => "ErrMessage",
            Self::DynamicMessage => "DynamicMessage",
            Self::Code => "Code",
            Self::Message => "Message",
            Self::HostId => "HostId",
            Self::Recommend => "Recommend",
        }
    }

    /// Finds a field by its name without case: the vendor's clients accept `code` and `requestId` too.
    pub(in crate::api) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }
}

/// The texts of the head, as received.
#[derive(Debug, Default)]
pub(in crate::api) struct HeadTexts<'t> {
    fields: [Option<Cow<'t, str>>; HeadField::ALL.len()],
}

impl<'t> HeadTexts<'t> {
    pub(in crate::api) fn set(&mut self, field: HeadField, text: Option<Cow<'t, str>>) {
        self.fields[field as usize] = text;
    }

    /// Whether there is a field that identifies a reply of DTS or its gateway.
    pub(in crate::api) fn is_recognized(&self) -> bool {
        let fields = [HeadField::RequestId, HeadField::Success, HeadField::ErrCode, HeadField::Code];
        fields.iter().any(|field| self.fields[*field as usize].is_some())
    }

    fn take_non_empty(&mut self, field: HeadField) -> Option<String> {
        self.fields[field as usize].take().filter(|text| !text.trim().is_empty()).map(Cow::into_owned)
    }

    /// The head. `has_lists`: whether the reply has a list of the call, which the gateway never sends.
    pub(in crate::api) fn into_head(mut self, has_lists: bool) -> Head {
        let stated = self.take_non_empty(HeadField::Success).and_then(|text| parse_success(&text));
        let err_code = self.take_non_empty(HeadField::ErrCode);
        let (code, message) = (self.take_non_empty(HeadField::Code), self.take_non_empty(HeadField::Message));
        let gateway = code.is_some() && stated.is_none() && err_code.is_none() && !has_lists;
        let success = stated.unwrap_or(err_code.is_none() && !gateway);
        let dynamic = self.take_non_empty(HeadField::DynamicMessage);
        let err_message = self.take_non_empty(HeadField::ErrMessage).map(|text| match dynamic {
            Some(dynamic) => text.replace("%s", &dynamic),
            None => text,
        });
        // Newer DTS calls name their error in `Code` and `Message` beside `Success`.
        let (err_code, err_message) =
            if success { (err_code, err_message) } else { (err_code.or(code), err_message.or(message)) };
        Head {
            origin: if gateway { ReplyOrigin::Gateway } else { ReplyOrigin::Call },
            success,
            request_id: self.take_non_empty(HeadField::RequestId),
            err_code,
            err_message,
            host_id: self.take_non_empty(HeadField::HostId),
            recommend: self.take_non_empty(HeadField::Recommend),
        }
    }
}

/// `Success` in any of its spellings; any other word counts as absent.
fn parse_success(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
