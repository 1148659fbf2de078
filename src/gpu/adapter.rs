//! Which adapters there are, and which one is meant.

use super::GpuError;

/// An adapter as wgpu sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdapterInfo {
    /// Its place in the list, from 0.
    pub index: usize,
    /// The name that the driver gives it.
    pub name: String,
    /// `Vulkan`, `Metal`, `Dx12` or `Gl`.
    pub backend: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`.
    pub device_type: String,
    /// The driver's name and version.
    pub driver: String,
    /// True for an adapter that computes on the CPU.
    pub software: bool,
    /// The largest storage binding in bytes.
    pub max_binding: u64,
    /// True if invocations can exchange values by subgroup shuffles.
    pub subgroups: bool,
}

/// All adapters of this machine. `WGPU_BACKEND` and the like are honoured.
#[must_use]
pub fn adapters() -> Vec<AdapterInfo> {
    enumerate()
        .iter()
        .enumerate()
        .map(|(index, adapter)| describe(index, adapter))
        .collect()
}

/// The adapters of an instance of their own.
///
/// The OpenGL adapters of one instance share a context, which wgpu guards for each adapter alone: two
/// threads, each with a device of its own, would trip over it.
fn enumerate() -> Vec<wgpu::Adapter> {
    let descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::all());
    pollster::block_on(wgpu::Instance::new(descriptor).enumerate_adapters(backends))
}

pub(crate) fn describe(index: usize, adapter: &wgpu::Adapter) -> AdapterInfo {
    let info = adapter.get_info();
    AdapterInfo {
        index,
        name: info.name,
        backend: format!("{:?}", info.backend),
        device_type: format!("{:?}", info.device_type),
        driver: format!("{} {}", info.driver, info.driver_info)
            .trim()
            .to_owned(),
        software: info.device_type == wgpu::DeviceType::Cpu,
        max_binding: adapter.limits().max_storage_buffer_binding_size,
        subgroups: adapter.features().contains(wgpu::Features::SUBGROUP),
    }
}

/// Rank of an adapter where none is named: discrete before integrated before others, or the other way
/// round where power is to be saved.
fn rank(info: &AdapterInfo, power: wgpu::PowerPreference) -> u8 {
    let saving = power == wgpu::PowerPreference::LowPower;
    match info.device_type.as_str() {
        "DiscreteGpu" => u8::from(saving),
        "IntegratedGpu" => u8::from(!saving),
        "VirtualGpu" => 2,
        "Other" => 3,
        _ => 4,
    }
}

/// The adapter that is meant: by index, by a part of its name or backend in any case, or the best.
///
/// `software` admits adapters that compute on the CPU where none is named.
pub(crate) fn choose(
    wanted: Option<&str>,
    software: bool,
    power: wgpu::PowerPreference,
) -> Result<(wgpu::Adapter, AdapterInfo), GpuError> {
    let all: Vec<(wgpu::Adapter, AdapterInfo)> = enumerate()
        .into_iter()
        .enumerate()
        .map(|(index, adapter)| {
            let info = describe(index, &adapter);
            (adapter, info)
        })
        .collect();
    let present = all.iter().map(|(_, info)| info.name.clone()).collect();
    let found = match wanted {
        Some(wanted) => {
            let lower = wanted.to_lowercase();
            let index = wanted.parse::<usize>().ok();
            all.into_iter().find(|(_, info)| {
                index.map_or_else(
                    || {
                        let title = format!("{} {}", info.name, info.backend).to_lowercase();
                        title.contains(&lower)
                    },
                    |index| info.index == index,
                )
            })
        }
        None => {
            let mut usable: Vec<_> = all
                .into_iter()
                .filter(|(_, info)| software || !info.software)
                .collect();
            usable.sort_by_key(|(_, info)| rank(info, power));
            usable.into_iter().next()
        }
    };
    found.ok_or_else(|| GpuError::NoAdapter {
        wanted: wanted.map(str::to_owned),
        present,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::PowerPreference::{HighPerformance, LowPower};

    fn of_type(device_type: &str) -> AdapterInfo {
        AdapterInfo {
            index: 0,
            name: String::new(),
            backend: String::new(),
            device_type: device_type.to_owned(),
            driver: String::new(),
            software: false,
            max_binding: 0,
            subgroups: false,
        }
    }

    #[test]
    fn power_decides_between_discrete_and_integrated() {
        let order = |power| {
            let mut all = ["Other", "IntegratedGpu", "VirtualGpu", "DiscreteGpu"];
            all.sort_by_key(|device_type| rank(&of_type(device_type), power));
            all
        };
        let fast = ["DiscreteGpu", "IntegratedGpu", "VirtualGpu", "Other"];
        assert_eq!(order(HighPerformance), fast);
        let saving = ["IntegratedGpu", "DiscreteGpu", "VirtualGpu", "Other"];
        assert_eq!(order(LowPower), saving);
    }
}
