//! The context of a call: jobs, time and parameters, and the forms of times, arrays and errors.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::api::auth::rpc::Params;
use crate::sim::scenario::JobKind;
use crate::sim::scenario::Scenario;
use crate::sim::scenario::reply::{Above100, BootTime, PastEnd, Shape};
use crate::sim::server::fault_schedule::RowShifts;
use crate::sim::server::gateway::required_param;
use crate::sim::server::gateway_error::GatewayError;
use crate::sim::server::paging::integer_param;
use crate::sim::world::World;

/// Why a call is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// An error of the gateway, with its own status and form.
    Gateway(GatewayError),
    /// `Success` is false, with status 200.
    Failed {
        code: &'static str,
        /// `%s` stands for `dynamic`.
        message: &'static str,
        dynamic: String,
    },
}

impl From<GatewayError> for CallError {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallContext<'a> {
    pub(crate) worlds: &'a [World],
    pub(crate) scenario: &'a Scenario,
    pub(crate) params: &'a Params,
    /// World time elapsed.
    pub(crate) elapsed_ms: i64,
    /// When the world began, in milliseconds since 1970.
    pub(crate) world_start_ms: i64,
    /// Inserted and removed rows of the per-object calls.
    pub(crate) row_shifts: &'a RowShifts,
}

/// The requested page and its rows' positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSpan {
    pub(crate) number: usize,
    pub(crate) size: usize,
    /// Position of the first row.
    pub(crate) first: usize,
}

impl<'a> CallContext<'a> {
    /// A parameter, if it is present and not empty.
    pub(crate) fn param(&self, name: &str) -> Option<&'a str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A boolean parameter; false unless it is `true` in any case.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.param(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The job with this instance id, for the older calls: an unknown id is an error of the gateway.
    pub(crate) fn instance_world(&self, param: &str, kind: JobKind) -> Result<&'a World, CallError> {
        let id = required_param(self.params, param)?;
        let region = self.param("RegionId");
        let found = self.worlds.iter().find(|world| {
            let job = world.job();
            job.id == id && job.kinds.contains(&kind) && region.is_none_or(|region| job.region == region)
        });
        Ok(found.ok_or_else(|| GatewayError::instance_not_found(id))?)
    }

    /// The job with this `DtsJobId`, for the current calls.
    pub(crate) fn task_world(&self) -> Result<&'a World, CallError> {
        let id = required_param(self.params, "DtsJobId")?;
        let is_task =
            |world: &&World| world.job().task_id() == id && world.job().kinds.contains(&JobKind::Task);
        self.worlds.iter().find(is_task).ok_or(CallError::Failed {
            code: "InvalidJobId",
            message: "The specified dts job id %s is not exists.",
            dynamic: id.to_owned(),
        })
    }

    /// The page in these parameters, of `rows` rows in total.
    pub(crate) fn page_span(
        &self,
        number_param: &str,
        default_size: usize,
        max_size: usize,
        rows: usize,
    ) -> Result<PageSpan, GatewayError> {
        let number = integer_param(self.params, number_param)?.unwrap_or(1);
        if number == 0 {
            return Err(GatewayError::invalid(number_param));
        }
        let size = match integer_param(self.params, "PageSize")?.unwrap_or(default_size) {
            0 => return Err(GatewayError::invalid("PageSize")),
            size if size <= max_size => size,
            _ if self.scenario.paging.above_100 == Above100::Clamp => max_size,
            _ => return Err(GatewayError::invalid("PageSize")),
        };
        let last = rows.div_ceil(size).max(1);
        let number = match self.scenario.paging.past_end {
            PastEnd::Repeat => number.min(last),
            PastEnd::Error if number > last => return Err(GatewayError::invalid(number_param)),
            PastEnd::Error | PastEnd::Empty => number,
        };
        Ok(PageSpan { number, size, first: (number - 1).saturating_mul(size) })
    }

    /// An array, in the form that the scenario asks for. `item` is the name of an item in the wrapped form.
    pub(crate) fn array(&self, item: &str, rows: Vec<Value>) -> Value {
        match self.scenario.reply.shape {
            Shape::Flat => Value::Array(rows),
            Shape::Wrapped => Value::Object([(item.to_owned(), Value::Array(rows))].into_iter().collect()),
        }
    }

    fn absolute_time(&self, world_ms: i64) -> DateTime<chrono::Utc> {
        DateTime::from_timestamp_millis(self.world_start_ms + world_ms).unwrap_or_default()
    }

    /// `2021-03-16T08:01:19Z`.
    pub(crate) fn utc_text(&self, world_ms: i64) -> String {
        self.absolute_time(world_ms).format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Seconds since 1970 as text.
    pub(crate) fn epoch_seconds(&self, world_ms: i64) -> String {
        self.absolute_time(world_ms).timestamp().to_string()
    }

    /// BootTime or FinishTime of DescribePreCheckStatus.
    pub(crate) fn boot_time(&self, world_ms: i64) -> Value {
        let time = self.absolute_time(world_ms);
        match self.scenario.reply.boot_time {
            BootTime::Offset => json!(time.format("%Y-%m-%dT%H:%M:%S.000+00:00").to_string()),
            BootTime::Zulu => json!(self.utc_text(world_ms)),
            BootTime::EpochMs => json!(time.timestamp() * 1000),
        }
    }
}
