//! Which adapters there are, and which one is meant.

use std::sync::OnceLock;

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
    apis()
        .flat_map(enumerate)
        .enumerate()
        .map(|(index, adapter)| describe(index, &adapter))
        .collect()
}

/// The APIs that may be asked, in the order in which wgpu lists their adapters.
fn apis() -> impl Iterator<Item = wgpu::Backends> {
    use wgpu::Backends as Api;
    let wanted = Api::from_env().unwrap_or(Api::all());
    [Api::VULKAN, Api::METAL, Api::DX12, Api::GL, Api::NOOP]
        .into_iter()
        .filter(move |&api| wanted.contains(api))
}

/// The adapters of one API, of an instance of their own: to load an API takes long where a driver brings
/// a compiler, so none is loaded that is not needed.
///
/// The OpenGL adapters of one instance share a context, which wgpu guards for each adapter alone: two
/// threads, each with a device of its own, would trip over it.
fn enumerate(api: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let descriptor = wgpu::InstanceDescriptor {
        backends: api,
        ..wgpu::InstanceDescriptor::new_without_display_handle_from_env()
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapters = pollster::block_on(instance.enumerate_adapters(api));
    if api == wgpu::Backends::VULKAN && !adapters.is_empty() {
        LOADED.get_or_init(|| instance);
    }
    adapters
}

/// Keeps the drivers of Vulkan loaded. Without, they are unloaded with the last instance, and a process cannot
/// load them for ever: each time, NVIDIA's take some of the little memory that glibc has for their thread-local
/// variables and never gives back, and after some 30 scorers no adapter is found any more.
static LOADED: OnceLock<wgpu::Instance> = OnceLock::new();

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

/// True if `wanted` is the adapter's index, or a part of its name or backend in any case.
fn answers_to(info: &AdapterInfo, wanted: &str) -> bool {
    if let Ok(index) = wanted.parse::<usize>() {
        return info.index == index;
    }
    let title = format!("{} {}", info.name, info.backend).to_lowercase();
    title.contains(&wanted.to_lowercase())
}

/// The first adapter that answers to what is wanted, or the best.
///
/// `software` admits adapters that compute on the CPU where none is named. OpenGL, which can but guess
/// what an adapter is, is asked where no other API has hardware.
pub(crate) fn choose(
    wanted: Option<&str>,
    software: bool,
    power: wgpu::PowerPreference,
) -> Result<(wgpu::Adapter, AdapterInfo), GpuError> {
    let mut present = Vec::new();
    let mut best: Option<(u8, wgpu::Adapter, AdapterInfo)> = None;
    for api in apis() {
        if api == wgpu::Backends::GL && best.as_ref().is_some_and(|(_, _, info)| !info.software) {
            break;
        }
        for adapter in enumerate(api) {
            let info = describe(present.len(), &adapter);
            present.push(info.name.clone());
            match wanted {
                Some(wanted) if answers_to(&info, wanted) => return Ok((adapter, info)),
                None if software || !info.software => {
                    let rank = rank(&info, power);
                    if best.as_ref().is_none_or(|&(least, ..)| rank < least) {
                        best = Some((rank, adapter, info));
                    }
                }
                _ => {}
            }
        }
    }
    match best {
        Some((_, adapter, info)) => Ok((adapter, info)),
        None => Err(GpuError::NoAdapter {
            wanted: wanted.map(str::to_owned),
            present,
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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

    /// The shared libraries of Vulkan in this process.
    #[cfg(target_os = "linux")]
    fn libraries() -> std::collections::BTreeSet<String> {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let paths = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5));
        let of_vulkan = |path: &&str| path.contains("vulkan") || path.contains("vk_");
        paths.filter(of_vulkan).map(str::to_owned).collect()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn drivers_stay_loaded() {
        let adapters = enumerate(wgpu::Backends::VULKAN);
        let loaded = libraries();
        assert!(adapters.is_empty() || !loaded.is_empty());
        drop(adapters);
        assert_eq!(libraries(), loaded);
    }

    #[test]
    fn an_index_means_the_adapter_that_is_listed_under_it() {
        let all = adapters();
        for info in &all {
            let (_, found) = choose(Some(&info.index.to_string()), false, LowPower).unwrap();
            assert_eq!(found, *info);
            let (_, found) = choose(Some(&info.name.to_uppercase()), false, LowPower).unwrap();
            assert_eq!(found.name, info.name);
        }
        let none = choose(Some(&all.len().to_string()), true, LowPower).unwrap_err();
        assert!(matches!(none, GpuError::NoAdapter { present, .. } if present.len() == all.len()));
    }
}
